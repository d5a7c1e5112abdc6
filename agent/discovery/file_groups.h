#pragma once
// Target groups in files (file_sd). Reads files, decides nothing about time. Spec: metrics.md 3.
#include <map>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/scrape_job.h"
#include "agent/model/target_group.h"

namespace agent::discovery {

/// The groups of one file: a JSON or YAML list of {targets, labels}, whose label names `names`
/// allows. Each target gets `__meta_filepath`. Errors: Config with the place, or Io.
Result<std::vector<model::TargetGroup>> read_group_file(const std::string& file,
                                                        model::NameValidation names);

/// The files behind some globs. A file that turns bad keeps its last good groups; one that vanishes
/// takes its groups along.
class FileGroups {
 public:
  enum class Read { Changed, All };
  explicit FileGroups(std::vector<std::string> globs,
                      model::NameValidation names = model::NameValidation::Utf8)
      : globs_(std::move(globs)), names_(names) {}

  /// Looks at the files and reads those that are new or changed (by size, time and inode), or all.
  /// True when the groups are others than before.
  bool refresh(Read which);
  std::vector<model::TargetGroup> groups() const;
  /// What was wrong with files at their last read.
  std::vector<std::string> problems() const;

 private:
  struct File {
    std::string stamp;
    std::vector<model::TargetGroup> groups;
    std::string problem;
  };
  std::vector<std::string> globs_;
  model::NameValidation names_;
  std::map<std::string, File> files_;
};

/// Size, times and inode of a file: another text when it may have changed; "" where there is none.
std::string file_stamp(const std::string& path);

}  // namespace agent::discovery
