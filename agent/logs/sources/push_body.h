#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/net/http_types.h"

namespace agent::logs {

/// What the body of a push request says it is.
enum class PushType { Protobuf, Json, Lines };
/// By the content-type: all but JSON is protobuf, as it is for Loki.
PushType push_type_of(const net::Request& request);

/// The body of `request` without its content-encoding (identity, snappy, gzip, deflate, zstd) and,
/// for protobuf, without the snappy block that it always is. Errors: Input; Overloaded (more than
/// `limit_bytes`); Rejected (an encoding that is not known). Spec: logs.md 10.1.
Result<std::string> push_body_of(net::Request request, PushType type, std::uint64_t limit_bytes);

}  // namespace agent::logs
