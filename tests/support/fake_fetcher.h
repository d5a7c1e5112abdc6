#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/scrape/fetcher.h"

namespace agent::testing {

/// Targets that answer when the test says so. Keeps running fetches by URL.
class FakeTargets {
 public:
  struct Running {
    scrape::FetchRequest request;
    scrape::FetchListener* listener = nullptr;
  };

  /// A fetcher whose requests end up here.
  std::unique_ptr<scrape::Fetcher> make_fetcher() { return std::make_unique<Fetcher>(*this); }

  bool is_running(const std::string& url) const { return running_.count(url) > 0; }
  const Running& running(const std::string& url) const { return running_.at(url); }
  std::size_t count() const { return running_.size(); }
  int started() const { return started_; }

  /// A whole answer of text 0.0.4.
  void answer(const std::string& url, const std::string& page, int status = 200,
              const scrape::FetchHead& head = {"text/plain; version=0.0.4", ""}) {
    auto* listener = take(url);
    if (status == 200) {
      listener->on_head(head);
      // Cut in pieces, as a network does.
      for (std::size_t at = 0; at < page.size(); at += 7)
        if (!listener->on_body(std::string_view(page).substr(at, 7))) break;
    }
    listener->on_done(status);
  }
  void fail(const std::string& url, Error error) {
    auto* listener = take(url);
    listener->on_done(error);
  }

 private:
  class Fetch final : public scrape::Fetch {
   public:
    Fetch(FakeTargets& targets, std::string url) : targets_(targets), url_(std::move(url)) {}
    ~Fetch() override { targets_.running_.erase(url_); }

   private:
    FakeTargets& targets_;
    std::string url_;
  };
  class Fetcher final : public scrape::Fetcher {
   public:
    explicit Fetcher(FakeTargets& targets) : targets_(targets) {}
    std::unique_ptr<scrape::Fetch> start(scrape::FetchRequest request,
                                         scrape::FetchListener& listener) override {
      ++targets_.started_;
      std::string url = request.url;
      targets_.running_[url] = {std::move(request), &listener};
      return std::make_unique<Fetch>(targets_, url);
    }

   private:
    FakeTargets& targets_;
  };
  scrape::FetchListener* take(const std::string& url) { return running_.at(url).listener; }

  std::map<std::string, Running> running_;
  int started_ = 0;
};

}  // namespace agent::testing
