// Two senders, one receiver: their messages may arrive in any order, but those of one sender arrive
// in the order in which it has sent them.
// Rows: P-016 P-019
#include "races/harness.hpp"

namespace races {

namespace {

struct numbered {
  parcel what;
  bool from_left;
  int number;
};

class two_senders : public race {
 public:
  static constexpr std::string_view name = "two_senders";
  static constexpr std::array<std::string_view, 3> outcomes{"the left one's first",
                                                            "the right one's first", "mixed"};

  void begin() override {
    receiver_ = start([this] { receive_all(); });
  }
  void end() override {
    otp::exit(receiver_, otp::reason::kill);
    await<otp::down>();
  }
  void left(round& r) override {
    left_ = self();
    r.left_at_line();
    send_all(r, true);
  }
  void right(round& r) override {
    right_ = self();
    r.right_at_line();
    send_all(r, false);
  }
  std::size_t outcome(const round&) override { return order_; }

 private:
  static constexpr int each = 3;
  struct arrived {};

  void send_all(const round& r, bool from_left) {
    for (int i = 0; i < each; ++i) otp::send(receiver_, numbered{parcel{r.number()}, from_left, i});
    await<arrived>();
  }

  [[noreturn]] void receive_all() {
    for (;;) {
      int left = 0;
      int right = 0;
      bool left_first = false;
      bool right_first = false;
      while (left + right < 2 * each) {
        auto message = await<numbered>();
        message.what.open();
        auto& next = message.from_left ? left : right;
        require(message.number == next, "the messages of one sender arrived in another order");
        ++next;
        left_first = left_first || (left == each && right == 0);
        right_first = right_first || (right == each && left == 0);
      }
      order_ = left_first ? 0 : right_first ? 1 : 2;
      otp::send(left_, arrived{});
      otp::send(right_, arrived{});
    }
  }

  otp::pid receiver_;
  otp::pid left_;
  otp::pid right_;
  std::size_t order_ = 0;
};
const entry<two_senders> senders;

}  // namespace

}  // namespace races
