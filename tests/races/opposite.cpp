// Links that two processes make and cut at the same time end up the same on both sides.
// Rows: P-050 P-051 P-055
#include "races/harness.hpp"
#include <otp/detail/signals.hpp>

namespace races {

namespace {

/// Sent after the acts of a round, and once more in answer: then every signal has arrived.
struct settled {};

/// Left and right each act on the link between them, and then ask themselves whether there is one.
class both_act : public race {
 public:
  static constexpr std::array<std::string_view, 2> outcomes{"linked in the end",
                                                            "not linked in the end"};

  void left(round& r) override {
    left_ = self();
    r.left_at_line();
    act_left(right_, r);
    left_linked_ = linked_in_the_end(right_);
  }
  void right(round& r) override {
    right_ = self();
    r.right_at_line();
    act_right(left_, r);
    right_linked_ = linked_in_the_end(left_);
  }
  std::size_t outcome(const round&) override {
    require(left_linked_ == right_linked_,
            left_linked_ ? "only the left one is linked" : "only the right one is linked");
    return left_linked_ ? 0 : 1;
  }

 protected:
  virtual void act_left(const otp::pid& other, const round& r) = 0;
  virtual void act_right(const otp::pid& other, const round& r) = 0;

 private:
  static bool linked_in_the_end(const otp::pid& other) {
    for (int i = 0; i < 2; ++i) {
      otp::send(other, settled{});
      take<settled>();
    }
    const auto& links = otp::detail::current_process()->related.links;
    const auto* const link = links.find(other);
    require(link == nullptr || link->unlink_id == 0, "an unlink was not confirmed");
    return link != nullptr;
  }

  otp::pid left_;
  otp::pid right_;
  bool left_linked_ = false;
  bool right_linked_ = false;
};

/// One cuts and makes, the other makes and cuts; they begin as the last round has left them. The
/// link stays if all of the other's signals came before it was made.
class opposite_pairs : public both_act {
 public:
  static constexpr std::string_view name = "links_opposite";

 protected:
  void act_left(const otp::pid& other, const round&) override {
    otp::unlink(other);
    look_at_signals();
    otp::link(other);
  }
  void act_right(const otp::pid& other, const round&) override {
    otp::link(other);
    look_at_signals();
    otp::unlink(other);
  }
};
const entry<opposite_pairs> pairs;

/// Each cuts and makes as it likes, up to six times.
class any_order : public both_act {
 public:
  static constexpr std::string_view name = "links_any_order";

 protected:
  void act_left(const otp::pid& other, const round&) override { act(other); }
  void act_right(const otp::pid& other, const round&) override { act(other); }

 private:
  static void act(const otp::pid& other) {
    const auto drawn = otp::this_runtime::random();
    for (auto more = drawn % 6 + 1; more > 0; --more) {
      const auto what = drawn >> (8 * more);
      if (what % 2 == 0) {
        otp::link(other);
      } else {
        otp::unlink(other);
      }
      if (what % 3 == 0) look_at_signals();
    }
  }
};
const entry<any_order> any;

/// One cuts a link as the other makes it.
class cut_and_make : public both_act {
 public:
  static constexpr std::string_view name = "links_cut_and_make";

 protected:
  void act_left(const otp::pid& other, const round&) override { otp::unlink(other); }
  void act_right(const otp::pid& other, const round&) override { otp::link(other); }
};
const entry<cut_and_make> cut;

}  // namespace

}  // namespace races
