// `dunlin demo`: the agent with the case study's configuration, a shop to watch and a backend to
// send to, all in one process.
//
// DESIGN. Running -> Settling -> Stopping. The end of the time, or a signal, closes the shop and
// starts to settle: the ledger is asked for again and again until it balances, nothing is held and
// the backend has received what the agent has delivered, or until the deadline. Then the agent
// stops. The documents of the case study are read as they are; only the two things that need a
// machine of their own are changed after they were read: who plays the host `tempo`, and the ports
// that spans come in on.
#include <cstdio>
#include <optional>

#include "agent/app/app.h"
#include "agent/app/load_config.h"
#include "agent/app/signals.h"
#include "agent/base/duration.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/cli/demo_backend.h"
#include "agent/cli/demo_files.h"
#include "agent/cli/demo_report.h"
#include "agent/cli/problems.h"

namespace agent::cli {
namespace {

using std::chrono::seconds;

constexpr Duration kReportInterval = seconds(3);
constexpr Duration kSettleInterval = std::chrono::milliseconds(300);
constexpr Duration kSettleLimit = seconds(10);

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

// A port that was free a moment ago, for texts that have to name it before it is bound.
Result<std::uint16_t> free_port(loop::EventLoop& loop) {
  const auto listener = loop::TcpListener::listen(loop, {"127.0.0.1", 0}, [](auto) {});
  if (!listener) return listener.error();
  return (*listener)->local().port;
}

class Demo {
 public:
  Demo(loop::EventLoop& loop, std::string folder)
      : loop_(loop),
        folder_(std::move(folder)),
        backend_(log_),
        agent_(loop, log_, selfmon::Scope()) {}

  Status start(Duration time) {
    if (Status ready = open(); !ready) return ready;
    config::Report report;
    auto config = load(report);
    print_problems(report);
    if (!config) return config.error();
    Status started = agent_.start(server_, *config, [this] {
      config::Report again;
      return load(again);
    });
    if (!started) return started;
    backend_.open_shop_doors();
    introduce(time);
    report_timer_ = loop_.every(kReportInterval, [this] { say("  " + backend_.summary()); });
    if (time > Duration::zero()) end_timer_ = loop_.after(time, [this] { settle(); });
    return {};
  }

  // A signal: the first one settles, a second one cuts that short.
  void interrupt() {
    if (state_ == State::Running) return settle();
    give_up_ = true;
  }
  int exit_code() const { return exit_code_; }

 private:
  enum class State { Running, Settling, Stopping };

  Status open() {
    const auto admin_port = free_port(loop_);
    const auto traces_port = free_port(loop_);
    if (!admin_port) return admin_port.error();
    if (!traces_port) return traces_port.error();
    admin_port_ = *admin_port;
    traces_port_ = *traces_port;
    if (Status opened = backend_.open(folder_ + "/logs", traces_port_); !opened) return opened;
    return write_demo_files({folder_, admin_port_, backend_.port(), backend_.services()});
  }

  Result<app::App::ConfigPtr> load(config::Report& report) {
    app::ConfigSource source;
    source.path = folder_ + "/conf";
    source.for_running = true;
    const auto loaded = app::load_config(source, report);
    if (const Status read = report.status(); !read) return read.error();
    server_ = loaded.server;
    auto config = std::make_shared<pipeline::AgentConfig>(*loaded.agent);
    config->traces.listeners = {{{"127.0.0.1", traces_port_}, 100}};
    for (auto& exporter : config->traces.exporters) {
      exporter.host = "127.0.0.1";
      exporter.port = backend_.port();
    }
    return app::App::ConfigPtr(std::move(config));
  }

  void introduce(Duration time) const {
    say("dunlin demo: a shop of four services, watched with the case study's configuration");
    say("  the agent      http://127.0.0.1:" + std::to_string(admin_port_) + "/");
    say("  what arrived   http://127.0.0.1:" + std::to_string(backend_.port()) + "/");
    say("  configuration  " + folder_ + "/conf");
    say(time > Duration::zero() ? "It ends by itself after " + format_go_duration(time) + "."
                                : "It runs until Ctrl-C.");
  }

  void settle() {
    state_ = State::Settling;
    end_timer_.stop();
    report_timer_.stop();
    backend_.close_shop_doors();
    say("The shop is closed; waiting for what is under way.");
    settle_until_ = loop_.now() + kSettleLimit;
    // The sources get a moment to see the last lines and spans.
    settle_timer_ = loop_.after(seconds(2), [this] { look(); });
  }

  void look() {
    agent_.collect([this](const admin::Snapshot& snapshot) { judge(snapshot); });
  }

  void judge(const admin::Snapshot& snapshot) {
    std::vector<model::LedgerEntry> ledger;
    for (const auto& status : snapshot.pipelines)
      ledger.insert(ledger.end(), status->ledger.begin(), status->ledger.end());
    const auto complaints = demo_complaints(ledger, backend_.arrivals());
    if (!complaints.empty() && !give_up_ && loop_.now() < settle_until_) {
      settle_timer_ = loop_.after(kSettleInterval, [this] { look(); });
      return;
    }
    state_ = State::Stopping;
    say("\nReceived by the backend\n  " + backend_.summary());
    say("\nThe ledger: in = delivered + dropped + held\n" + ledger_table(ledger));
    for (const auto& complaint : complaints)
      say("NOT GOOD: " + complaint);
    if (complaints.empty()) say("All three signals arrived and the ledger balances.");
    exit_code_ = complaints.empty() ? kOk : kFailure;
    agent_.stop([this](int) { loop_.stop(); });
  }

  loop::EventLoop& loop_;
  const std::string folder_;
  Logger log_{LogLevel::Warn};
  DemoBackend backend_;
  app::App agent_;
  app::ServerConfig server_;
  std::uint16_t admin_port_ = 0;
  std::uint16_t traces_port_ = 0;
  State state_ = State::Running;
  bool give_up_ = false;
  int exit_code_ = kFailure;
  SteadyTime settle_until_{};
  loop::Timer report_timer_;
  loop::Timer end_timer_;
  loop::Timer settle_timer_;
};

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return kFailure;
}

}  // namespace

int demo(const DemoArguments& arguments) {
  Duration time = Duration::zero();
  if (!arguments.time.empty()) {
    const auto parsed = parse_duration(arguments.time);
    if (!parsed) return fail(parsed.error().within("--for"));
    time = *parsed;
  }
  const auto folder = TemporaryFolder::make("dunlin-demo-");
  if (!folder) return fail(folder.error());
  loop::EventLoop loop;
  Demo* running = nullptr;  // signals come only while the loop runs, and then it is set
  const auto signals = app::Signals::watch(loop, [&running](int) { running->interrupt(); });
  if (!signals) return fail(signals.error());
  Demo demo(loop, folder->path());
  running = &demo;
  if (Status started = demo.start(time); !started) return fail(started.error());
  loop.run();
  return demo.exit_code();
}

}  // namespace agent::cli
