#pragma once
// Tables of the pages, and what their cells are made of. Text that is not ours goes in through
// tag(), failure() or escape().
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/admin/status_source.h"

namespace agent::admin {

/// Rows of a table at most.
inline constexpr std::size_t kMaxRows = 500;

/// All of one kind over all pipelines.
template <typename T>
std::vector<const T*> gather(const Snapshot& snapshot,
                             std::vector<T> model::PipelineStatus::*member) {
  std::vector<const T*> out;
  for (const auto& pipeline : snapshot.pipelines)
    for (const auto& item : (*pipeline).*member)
      out.push_back(&item);
  return out;
}

/// `text` in a span of the class `css`.
std::string tag(std::string_view css, std::string_view text);
std::string cell(const std::string& html);
std::string number(std::uint64_t value);
/// An error below what it is about; "" for none.
std::string failure(const std::string& text);
/// A titled table, or a sentence where there is nothing to show.
std::string section(const std::string& id, const std::string& title, std::size_t count,
                    const std::string& empty, const std::string& head, const std::string& rows,
                    const std::string& note = {});
/// The note below a table that does not show all; "" where it does.
std::string left_out(std::size_t count, const std::string& where);

}  // namespace agent::admin
