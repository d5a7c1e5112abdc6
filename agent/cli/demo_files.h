#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.h"

namespace agent::cli {

/// The four documents of config/case-study/, byte for byte, built into the program.
struct CaseStudyDocument {
  std::string_view name;
  std::string_view text;
};
const std::vector<CaseStudyDocument>& case_study_documents();

/// A folder of its own below $TMPDIR, removed with everything in it.
class TemporaryFolder {
 public:
  /// Errors: Io.
  static Result<TemporaryFolder> make(const std::string& prefix);
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// What the configuration of the demo is written from.
struct DemoPlan {
  struct Service {
    std::string name;
    std::uint16_t port = 0;
  };
  std::string folder;  ///< gets conf/, state/ and logs/
  std::uint16_t admin_port = 0;
  std::uint16_t backend_port = 0;
  std::vector<Service> services;
};
/// Writes conf/: the four documents, and a dunlin.yaml with what a machine has to add. Errors: Io.
Status write_demo_files(const DemoPlan& plan);

}  // namespace agent::cli
