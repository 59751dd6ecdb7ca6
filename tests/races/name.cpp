// Exit against name: a name is taken, given, looked up or taken away as its holder is just ending;
// and two processes want the same one.
// Rows: P-107 P-109 P-110 P-111 P-112 P-113 P-114
#include "races/harness.hpp"

#include <stdexcept>

namespace races {

namespace {

constexpr std::string_view throne = "throne";

/// False: refused.
bool try_register(const otp::pid& who) {
  try {
    otp::register_name(throne, who);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool try_unregister() {
  try {
    otp::unregister_name(throne);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

class against_holder : public against_exit {
 protected:
  void prepare() override { otp::register_name(throne); }
};

/// Whoever has seen the end of the holder can have its name.
class name_of_the_dying : public against_holder {
 public:
  static constexpr std::string_view name = "name_take";
  static constexpr std::array<std::string_view, 2> outcomes{"too early: the name is taken",
                                                            "the name is free"};

  void left(round& r) override {
    const auto other = mortal(r);
    otp::monitor(other);
    r.left_at_line();
    free_ = try_register(self());
    take<otp::down>();
    if (!free_) require(try_register(self()), "a name was not free when the end was seen");
    require(otp::whereis(throne) == self(), "somebody else has the name");
    require(try_unregister(), "the name was taken away by somebody");
  }

  std::size_t outcome(const round&) override { return free_ ? 1 : 0; }

 private:
  bool free_ = false;
};
const entry<name_of_the_dying> taken;

/// A name that is given to a dying process is free after its end.
class name_for_the_dying : public against_exit {
 public:
  static constexpr std::string_view name = "name_give";
  static constexpr std::array<std::string_view, 2> outcomes{"given, and freed by its end",
                                                            "refused: it has ended"};

  void left(round& r) override {
    const auto other = mortal(r);
    otp::monitor(other);
    r.left_at_line();
    given_ = try_register(other);
    take<otp::down>();
    require(!otp::whereis(throne), "a name was not free when the end was seen");
  }

  std::size_t outcome(const round&) override { return given_ ? 0 : 1; }

 private:
  bool given_ = false;
};
const entry<name_for_the_dying> given;

class unregister_the_dying : public against_holder {
 public:
  static constexpr std::string_view name = "name_unregister";
  static constexpr std::array<std::string_view, 2> outcomes{"taken away from it",
                                                            "refused: nobody has it"};

  void left(round& r) override {
    const auto other = mortal(r);
    otp::monitor(other);
    r.left_at_line();
    removed_ = try_unregister();
    require(try_register(self()), "a name that was free was not");
    take<otp::down>();
    require(otp::whereis(throne) == self(), "the end of its former holder took a name away");
    require(try_unregister(), "the name was taken away by somebody");
  }

  std::size_t outcome(const round&) override { return removed_ ? 0 : 1; }

 private:
  bool removed_ = false;
};
const entry<unregister_the_dying> removed;

class send_to_the_name_of_the_dying : public against_holder {
 public:
  static constexpr std::string_view name = "name_send";
  static constexpr std::array<std::string_view, 3> outcomes{"received", "sent to it, and lost",
                                                            "refused: nobody has the name"};

  void left(round& r) override {
    mortal(r);
    r.left_at_line();
    try {
      otp::send(throne, parcel{r.number()});
      refused_ = false;
    } catch (const std::invalid_argument&) {
      refused_ = true;
    }
  }

  std::size_t outcome(const round&) override {
    require(!refused_ || !received_, "a message was received that was not sent");
    return refused_ ? 2 : received_ ? 0 : 1;
  }

 protected:
  void last_act(const round& r) override {
    auto message = take_if_there<parcel>();
    received_ = message.has_value();
    if (received_) require(message->open() == r.number(), "a message of another round");
  }

 private:
  bool refused_ = false;
  bool received_ = false;
};
const entry<send_to_the_name_of_the_dying> sent;

class two_claimants : public race {
 public:
  static constexpr std::string_view name = "name_two";
  static constexpr std::array<std::string_view, 2> outcomes{"the left one has it",
                                                            "the right one has it"};

  void left(round& r) override {
    r.left_at_line();
    left_has_ = claim();
    release(left_has_, r);
  }
  void right(round& r) override {
    r.right_at_line();
    right_has_ = claim();
    right_done_.store(r.number(), std::memory_order_release);
    spin_until([&] { return left_done_.load(std::memory_order_acquire) == r.number(); });
    if (right_has_) require(try_unregister(), "the name was taken away by somebody");
  }
  std::size_t outcome(const round&) override {
    require(left_has_ != right_has_, left_has_ ? "both have the name" : "nobody has the name");
    return left_has_ ? 0 : 1;
  }

 private:
  static bool claim() {
    const bool has = try_register(self());
    require((otp::whereis(throne) == self()) == has, "the name is somebody else's than was said");
    return has;
  }
  // Nobody gives it back before both have asked.
  void release(bool has, const round& r) {
    left_done_.store(r.number(), std::memory_order_release);
    spin_until([&] { return right_done_.load(std::memory_order_acquire) == r.number(); });
    if (has) require(try_unregister(), "the name was taken away by somebody");
  }

  bool left_has_ = false;
  bool right_has_ = false;
  std::atomic<std::uint64_t> left_done_{0};
  std::atomic<std::uint64_t> right_done_{0};
};
const entry<two_claimants> wanted;

}  // namespace

}  // namespace races
