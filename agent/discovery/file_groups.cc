#include "agent/discovery/file_groups.h"

#include <set>
#include <utility>

#include <sys/stat.h>

#include "agent/base/files.h"
#include "agent/config/node.h"
#include "agent/discovery/glob.h"
#include "agent/discovery/sd_config.h"

namespace agent::discovery {

Result<std::vector<model::TargetGroup>> read_group_file(const std::string& file,
                                                        model::NameValidation names) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const auto document = config::parse(*text, file);  // JSON is YAML
  if (!document) return document.error();
  if (document->is_null()) return std::vector<model::TargetGroup>();
  if (!document->is_sequence())
    return Error{ErrorKind::Config, file + ": a list of target groups is asked here"};
  for (const auto& group : document->items())
    if (group.is_null())
      return Error{ErrorKind::Config, to_string(group.mark()) + ": this element is empty"};
  config::Report report;
  auto groups = read_target_groups(document->items(), report, "", "file:" + file, names);
  if (const Status read = report.status(); !read) return read.error();
  for (auto& group : groups)
    group.labels.set("__meta_filepath", file);
  return groups;
}

std::string file_stamp(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  const auto number = [](auto n) { return std::to_string(n) + "/"; };
  return number(info.st_ino) + number(info.st_size) + number(info.st_mtim.tv_sec) +
         number(info.st_mtim.tv_nsec) + number(info.st_ctim.tv_sec) + number(info.st_ctim.tv_nsec);
}

bool FileGroups::refresh(Read which) {
  bool changed = false;
  std::set<std::string> present;
  for (const auto& glob : globs_)
    for (auto& path : expand_glob(glob))
      present.insert(std::move(path));
  changed |= std::erase_if(files_, [&](const auto& file) {
               return present.count(file.first) == 0 && !file.second.groups.empty();
             }) > 0;
  std::erase_if(files_, [&](const auto& file) { return present.count(file.first) == 0; });
  for (const auto& path : present) {
    File& file = files_[path];
    std::string stamp = file_stamp(path);
    if (which == Read::Changed && stamp == file.stamp) continue;
    file.stamp = std::move(stamp);
    auto groups = read_group_file(path, names_);
    file.problem = groups ? std::string() : groups.error().message;
    if (!groups || *groups == file.groups) continue;
    file.groups = std::move(*groups);
    changed = true;
  }
  return changed;
}

std::vector<model::TargetGroup> FileGroups::groups() const {
  std::vector<model::TargetGroup> out;
  for (const auto& [path, file] : files_)
    out.insert(out.end(), file.groups.begin(), file.groups.end());
  return out;
}

std::vector<std::string> FileGroups::problems() const {
  std::vector<std::string> out;
  for (const auto& [path, file] : files_)
    if (!file.problem.empty()) out.push_back(file.problem);
  return out;
}

}  // namespace agent::discovery
