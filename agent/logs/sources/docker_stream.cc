#include "agent/logs/sources/docker_stream.h"

#include <cstdio>
#include <utility>

#include "agent/codec/json.h"
#include "agent/net/docker_host.h"

namespace agent::logs {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;

Backoff::Limits pauses() {
  Backoff::Limits out;
  out.base = std::chrono::seconds(1);
  out.cap = std::chrono::seconds(30);
  return out;
}

// "1700000000.000000001"
std::string seconds_of(Timestamp time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  char fraction[16];
  std::snprintf(fraction, sizeof(fraction), ".%09d", static_cast<int>((time - whole).count()));
  return std::to_string(whole.time_since_epoch().count()) + fraction;
}

// Whether the container has a terminal; nullopt: the answer is not that of an engine.
std::optional<bool> has_terminal(const std::string& answer) {
  codec::JsonPool pool;
  const auto json = codec::parse_json(answer, pool);
  const codec::JsonValue* config = json ? json->get("Config") : nullptr;
  const codec::JsonValue* terminal = config == nullptr ? nullptr : config->get("Tty");
  return terminal == nullptr ? std::nullopt : std::optional(terminal->boolean());
}

std::string words_of(const net::ClientResponse& answer) {
  constexpr std::size_t kMost = 200;
  return "HTTP " + std::to_string(answer.status) + " " + answer.body.substr(0, kMost);
}

}  // namespace

DockerStream::DockerStream(const Environment& environment, std::string id,
                           std::optional<Timestamp> since)
    : env_(environment), id_(std::move(id)), newest_(since), backoff_(pauses(), env_.random) {
  wait(Duration::zero());
}

void DockerStream::set_listed(bool listed) {
  // Its last words may not be read yet: once more, and at once.
  if (std::exchange(listed_, listed) && !listed && state_ == State::Waiting) wait(Duration::zero());
}

void DockerStream::pause() {
  paused_ = true;
  call_.pause();
}

void DockerStream::resume() {
  if (!std::exchange(paused_, false)) return;
  call_.resume();
  if (!ended_paused_) return;
  timer_ = env_.loop.after(Duration::zero(), [this] {
    const auto answer = std::exchange(ended_paused_, std::nullopt);
    if (answer) on_followed(*answer);
  });
}

void DockerStream::wait(Duration delay) {
  state_ = State::Waiting;
  timer_ = env_.loop.after(delay, [this] { connect(); });
}

void DockerStream::connect() {
  if (form_) return follow();
  inspect();
}

void DockerStream::inspect() {
  state_ = State::Inspecting;
  call_ = env_.client.start(net::docker_request(env_.engine, "/containers/" + id_ + "/json"),
                            [this](const auto& answer) { on_inspected(answer); });
}

void DockerStream::on_inspected(const Result<net::ClientResponse>& answer) {
  if (!answer) return fail(answer.error().message);
  const auto terminal = answer->status == kOk ? has_terminal(answer->body) : std::nullopt;
  if (terminal) {
    form_ = *terminal ? DockerFrames::Form::Terminal : DockerFrames::Form::Frames;
    return follow();
  }
  end_follow(answer->status == kOk ? Result<net::ClientResponse>(
                                         Error{ErrorKind::Input, "the answer has no Config.Tty"})
                                   : answer);
}

void DockerStream::follow() {
  state_ = State::Following;
  frames_ = std::make_unique<DockerFrames>(*form_, env_.limit_bytes,
                                           [this](const auto& line) { on_line(line); });
  malformed_told_ = 0;
  resumed_at_ = newest_;
  to_skip_ = at_newest_;
  auto request = net::docker_request(
      env_.engine, "/containers/" + id_ + "/logs?follow=1&stdout=1&stderr=1&timestamps=1&since=" +
                       (newest_ ? seconds_of(*newest_) : "0"));
  request.timeout = Duration::zero();
  request.max_response_bytes = UINT64_MAX;
  request.on_body = [this](std::string_view bytes) { return on_body(bytes); };
  call_ = env_.client.start(std::move(request),
                            [this](auto answer) { on_followed(std::move(answer)); });
  if (paused_) call_.pause();
}

bool DockerStream::on_body(std::string_view bytes) {
  const bool good = frames_->add(bytes).has_value();
  tell_lines_end();
  return good;
}

void DockerStream::on_line(const DockerFrames::Line& line) {
  if (was_read_before(line.time)) return;
  if (!newest_ || line.time > *newest_) {
    newest_ = line.time;
    at_newest_ = 0;
  }
  if (line.time == *newest_) ++at_newest_;
  lines_told_ = true;
  env_.listener.on_line(*this, line);
}

bool DockerStream::was_read_before(Timestamp time) {
  if (!resumed_at_ || time > *resumed_at_) return false;
  if (time < *resumed_at_) return true;  // an engine that knows whole seconds only
  if (to_skip_ == 0) return false;
  --to_skip_;
  return true;
}

void DockerStream::tell_lines_end() {
  const std::uint64_t malformed = frames_->malformed() - malformed_told_;
  malformed_told_ += malformed;
  if (malformed > 0) env_.listener.on_malformed(*this, malformed);
  if (!std::exchange(lines_told_, false)) return;
  backoff_.reset();
  env_.listener.on_lines_end(*this);
}

void DockerStream::on_followed(Result<net::ClientResponse> answer) {
  if (paused_) {
    ended_paused_ = std::move(answer);
    return;
  }
  if (answer && answer->status == kOk) {
    frames_->end();
    tell_lines_end();
  }
  end_follow(answer);
}

void DockerStream::end_follow(const Result<net::ClientResponse>& answer) {
  if (!answer) return fail(answer.error().message);
  const bool ended = answer->status == kOk;
  if (!ended && answer->status != kNotFound) return fail(words_of(*answer));
  if (listed_) return wait(backoff_.next());  // it may start again
  state_ = State::Gone;
  env_.listener.on_gone(*this);
}

void DockerStream::fail(const std::string& why) {
  env_.log.limited(LogLevel::Warn, "docker " + id_, "The log of a container cannot be read.",
                   {{"container", id_}, {"host", env_.engine.host}, {"error", why}});
  wait(backoff_.next());
}

}  // namespace agent::logs
