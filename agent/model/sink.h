#pragma once
// How batches move: whole and one way. Every seam of a pipeline is a Sink.

namespace agent::model {

/// The answer to a push. "Full" is a normal answer.
enum class Push {
  Taken,  ///< the sink owns the batch now
  Full,   ///< the batch is untouched; try again later or refuse in turn
};

/// Takes batches of one kind. Loop thread.
template <typename Batch>
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  virtual Push push(Batch&& batch) = 0;
};

}  // namespace agent::model
