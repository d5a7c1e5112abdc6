#include "agent/logs/tail/lost_bytes.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

class NoOutput final : public Logger::Output {
 public:
  void write(LogLevel /*level*/, const std::string& /*line*/) override {}
};

TEST(LostBytes, HasABoundedNumberOfSeries) {
  const selfmon::Scope scope;
  Logger log(LogLevel::Error, LogFormat::Logfmt, std::make_unique<NoOutput>());
  LostBytes lost(scope, log);
  for (int i = 0; i < 1000; ++i)
    lost.count("deleted", "/" + std::to_string(i), {}, 1);
  lost.count("deleted", "/0", {}, 0);
  const auto value = [&](const char* path) {
    return scope.counter("lost_bytes_total", {{"path", path}, {"reason", "deleted"}}).value();
  };
  EXPECT_EQ(value("/0"), 1U);
  EXPECT_EQ(value("/99"), 1U);
  EXPECT_EQ(value("other"), 900U);
}

TEST(LostBytes, NamesThePodWhereThereIsOne) {
  const selfmon::Scope scope;
  Logger log(LogLevel::Error, LogFormat::Logfmt, std::make_unique<NoOutput>());
  LostBytes lost(scope, log);
  lost.count("truncated", "/1", {{"namespace", "n"}, {"pod", "p"}, {"app", "a"}}, 3);
  lost.count("truncated", "/2", {{"namespace", "n"}, {"pod", "p"}, {"app", "b"}}, 4);
  lost.count("truncated", "/3", {{"namespace", "n"}}, 5);
  const auto value = [&](model::LabelSet labels) {
    labels.set("reason", "truncated");
    return scope.counter("lost_bytes_total", labels).value();
  };
  EXPECT_EQ(value({{"namespace", "n"}, {"pod", "p"}}), 7U);
  EXPECT_EQ(value({{"namespace", "n"}, {"path", "/3"}}), 5U);
}

}  // namespace
}  // namespace agent::logs
