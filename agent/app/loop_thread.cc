#include "agent/app/loop_thread.h"

#include <future>
#include <memory>

#include <pthread.h>

namespace agent::app {

LoopThread::LoopThread(std::string name)
    : thread_([this, name = std::move(name)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        loop_.run();
      }) {}

LoopThread::~LoopThread() {
  loop_.stop();
  thread_.join();
}

void LoopThread::run_and_wait(const std::function<void()>& task) {
  std::promise<void> done;
  loop_.post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

bool LoopThread::run_and_wait(const std::function<void()>& task, Duration limit) {
  const auto done = std::make_shared<std::promise<void>>();
  loop_.post([task, done] {
    task();
    done->set_value();
  });
  return done->get_future().wait_for(limit) == std::future_status::ready;
}

}  // namespace agent::app
