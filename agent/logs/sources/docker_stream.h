#pragma once
// Follows the log of one container through the Engine API.
//
// DESIGN.
//   Waiting     for the next try: at once, or after a pause that doubles to half a minute
//   Inspecting  whether the container has a terminal, which decides the form of its log
//   Following   lines come; the end of the answer is that of the container
//   Gone        nothing more will come
// The engine keeps the log, so a broken connection costs nothing: the next one asks for what was
// written since the last line, and lines of that very time that were read before are skipped. A
// container that is no longer listed is read to its end, and then Gone.
#include <memory>
#include <optional>
#include <string>

#include "agent/base/backoff.h"
#include "agent/base/log.h"
#include "agent/logs/sources/docker_frames.h"
#include "agent/loop/event_loop.h"
#include "agent/model/scrape_job.h"
#include "agent/net/http_client.h"

namespace agent::logs {

/// Loop thread.
class DockerStream {
 public:
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    virtual void on_line(DockerStream& stream, const DockerFrames::Line& line) = 0;
    /// Some lines were told; never while paused.
    virtual void on_lines_end(DockerStream& stream) = 0;
    virtual void on_malformed(DockerStream& stream, std::uint64_t lines) = 0;
    /// Once, last; may destroy the stream.
    virtual void on_gone(DockerStream& stream) = 0;
  };
  /// All outlive the stream.
  struct Environment {
    loop::EventLoop& loop;
    Logger& log;
    Random& random;
    net::HttpClient& client;
    const model::DockerDiscovery& engine;
    Listener& listener;
    std::size_t limit_bytes;  ///< of a line
  };
  /// Lines from `since` on; nullopt: all that the engine has. Begins in the next turn.
  DockerStream(const Environment& environment, std::string id, std::optional<Timestamp> since);
  DockerStream(const DockerStream&) = delete;
  DockerStream& operator=(const DockerStream&) = delete;
  ~DockerStream() = default;

  const std::string& id() const { return id_; }
  bool following() const { return state_ == State::Following; }
  /// The container is, or is no longer, among those that run.
  void set_listed(bool listed);
  /// No more lines until resume(). May be called from inside on_lines_end().
  void pause();
  void resume();

 private:
  enum class State { Waiting, Inspecting, Following, Gone };
  void wait(Duration delay);
  void connect();
  void inspect();
  void on_inspected(const Result<net::ClientResponse>& answer);
  void follow();
  bool on_body(std::string_view bytes);
  void on_line(const DockerFrames::Line& line);
  bool was_read_before(Timestamp time);
  void tell_lines_end();
  void on_followed(Result<net::ClientResponse> answer);
  void end_follow(const Result<net::ClientResponse>& answer);
  void fail(const std::string& why);

  const Environment env_;
  const std::string id_;
  State state_ = State::Waiting;
  bool listed_ = true;
  bool paused_ = false;
  std::optional<Result<net::ClientResponse>> ended_paused_;
  std::optional<DockerFrames::Form> form_;
  std::unique_ptr<DockerFrames> frames_;
  std::uint64_t malformed_told_ = 0;
  // Up to where lines were read: their newest time, and how many had it.
  std::optional<Timestamp> newest_;
  std::uint64_t at_newest_ = 0;
  std::optional<Timestamp> resumed_at_;  // newest_ as this connection began
  std::uint64_t to_skip_ = 0;            // lines of that time that come again
  bool lines_told_ = false;
  Backoff backoff_;
  net::HttpClient::Call call_;
  loop::Timer timer_;
};

}  // namespace agent::logs
