// The workloads on a bare queue: each actor has one word that many push to and one takes from, and belongs
// to one thread for ever. Nothing is stolen, cancelled, linked, timed or freed before the end. No real
// runtime can be faster than its messages are here; it shows what the machine allows.
#include "floor/workloads.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

namespace {

class mailboxes {
  struct message {
    message* next = nullptr;
    void (*run)(message&) = nullptr;
    alignas(16) std::byte body[48];
  };
  struct worker;

 public:
  explicit mailboxes(unsigned threads) : workers_(threads) {
    for (auto& each : workers_) each = std::make_unique<worker>();
  }

  class actor {
   public:
    explicit actor(mailboxes& world)
        : world_{&world},
          home_{world
                    .workers_[world.next_home_.fetch_add(1, std::memory_order_relaxed) %
                              world.workers_.size()]
                    .get()} {}
    actor(const actor&) = delete;
    actor& operator=(const actor&) = delete;
    virtual ~actor() = default;

    template <class F>
    void post(actor& to, F function) {
      static_assert(sizeof(F) <= sizeof(message::body) && std::is_trivially_copyable_v<F>);
      message* const m = allocate();
      new (m->body) F(std::move(function));
      m->run = [](message& each) { (*std::launder(reinterpret_cast<F*>(each.body)))(); };
      to.push(*m);
    }
    void end() { ended_ = true; }
    mailboxes& world() const { return *world_; }

   private:
    friend struct worker;

    // The word is null while nobody has work for the actor: who finds it so schedules the actor. Else it
    // is the newest message of a list that ends with null, or with the mark busy() once the actor runs.
    void push(message& m) {
      message* old = newest_.load(std::memory_order_relaxed);
      do {
        m.next = old;
        // release: publishes the message to the acquire in take().
      } while (!newest_.compare_exchange_weak(old, &m, std::memory_order_release,
                                              std::memory_order_relaxed));
      if (old == nullptr) home_->schedule(*this);
    }

    // All messages, oldest first. The mark `busy()` stays, so that nobody schedules the actor.
    message* take() {
      message* list = newest_.exchange(&busy(), std::memory_order_acquire);
      message* in_order = nullptr;
      while (list != nullptr && list != &busy()) {
        in_order = std::exchange(list, std::exchange(list->next, in_order));
      }
      return in_order;
    }
    bool rest() {
      message* mark = &busy();
      return newest_.compare_exchange_strong(mark, nullptr, std::memory_order_release,
                                             std::memory_order_relaxed);
    }
    static message& busy() {
      static message mark;
      return mark;
    }

    mailboxes* world_;
    worker* home_;
    std::atomic<message*> newest_{nullptr};
    actor* next_ = nullptr;  // in the run queue, or among those scheduled from other threads
    bool ended_ = false;
  };

  template <class F>
  void run(F begin) {
    begin();
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      others.emplace_back([this, i] { workers_[i]->run(stopped_); });
    }
    workers_[0]->run(stopped_);
    for (auto& each : others) each.join();
  }
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

 private:
  // Free messages of this thread. They wander with the work, and are given back when the program ends.
  static message*& free_list() {
    thread_local message* list = nullptr;
    return list;
  }
  static message* allocate() {
    if (auto* const m = free_list()) {
      free_list() = m->next;
      return m;
    }
    return new message;
  }
  static void release(message* m) {
    m->next = free_list();
    free_list() = m;
  }

  struct worker {
    void schedule(actor& each) {
      if (running() == this) return append(each);
      actor* old = arrived.load(std::memory_order_relaxed);
      do {
        each.next_ = old;
        // release: publishes the link to the exchange in run().
      } while (!arrived.compare_exchange_weak(old, &each, std::memory_order_release,
                                              std::memory_order_relaxed));
    }
    void append(actor& each) {
      each.next_ = nullptr;
      (last == nullptr ? first : last->next_) = &each;
      last = &each;
    }
    void run(const std::atomic<bool>& stopped) {
      running() = this;
      while (!stopped.load(std::memory_order_relaxed)) {
        if (arrived.load(std::memory_order_relaxed) != nullptr) {
          for (actor* a = arrived.exchange(nullptr, std::memory_order_acquire); a != nullptr;) {
            append(*std::exchange(a, a->next_));
          }
        }
        if (first == nullptr) {
          std::this_thread::yield();
          continue;
        }
        actor& current = *first;
        first = current.next_;
        if (first == nullptr) last = nullptr;
        for (message* m = current.take(); m != nullptr;) {
          message* const done = std::exchange(m, m->next);
          done->run(*done);
          release(done);
        }
        if (current.ended_) {
          delete &current;
        } else if (!current.rest()) {
          append(current);
        }
      }
      running() = nullptr;
    }
    static worker*& running() {
      thread_local worker* current = nullptr;
      return current;
    }

    actor* first = nullptr;
    actor* last = nullptr;
    alignas(64) std::atomic<actor*> arrived{nullptr};
  };

  std::vector<std::unique_ptr<worker>> workers_;
  std::atomic<unsigned> next_home_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_main({.program = "otp_bench_mpsc", .implementation = "mpsc"},
                         bench::floor_workloads<mailboxes>::all(), argc, argv);
}
