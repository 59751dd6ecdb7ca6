#include "web/live/diff.hpp"

#include "web/escape.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <unordered_map>

namespace chatroom::live {
namespace {

// Writes one JSON object and knows whether anything has been written into it.
class object_writer {
 public:
  explicit object_writer(std::string& out) : out_{out} { out_ += '{'; }
  object_writer(const object_writer&) = delete;
  object_writer& operator=(const object_writer&) = delete;

  std::string& key(std::string_view name) {
    if (!empty_) out_ += ',';
    empty_ = false;
    out_ += '"';
    out_ += name;  // only our own keys and numbers: nothing to escape
    out_ += "\":";
    return out_;
  }
  std::string& key(std::size_t index) { return key(std::to_string(index)); }

  bool close() {
    out_ += '}';
    return !empty_;
  }

 private:
  std::string& out_;
  bool empty_ = true;
};

void append_statics(std::string& out, const shape& form) {
  out += '[';
  for (std::size_t i = 0; i < form.statics.size(); ++i) {
    if (i != 0) out += ',';
    web::append_json_string(out, form.statics[i]);
  }
  out += ']';
}

// One message. Statics below the top node are numbered and written once, under "p" of the top.
class message_writer {
 public:
  explicit message_writer(std::string& out) : out_{out} {}

  void full_page(const rendered& page, const extras& with) {
    object_writer object{out_};
    append_statics(object.key("s"), *page.form);
    full_holes(object, page.holes);
    finish(object, with);
  }

  void changed_page(const rendered& before, const rendered& after, const extras& with) {
    if (before.form != after.form) return full_page(after, with);
    object_writer object{out_};
    changed_holes(object, before.holes, after.holes);
    finish(object, with);
  }

 private:
  void finish(object_writer& object, const extras& with) {
    if (!templates_.empty()) {
      object_writer shared{object.key("p")};
      for (std::size_t i = 0; i < templates_.size(); ++i) {
        append_statics(shared.key(i), *templates_[i]);
      }
      shared.close();
    }
    if (with.title) web::append_json_string(object.key("t"), *with.title);
    if (!with.events.empty()) {
      std::string& out = object.key("e");
      char separator = '[';
      for (const auto& [name, payload] : with.events) {
        out += std::exchange(separator, ',');
        out += '[';
        web::append_json_string(out, name);
        out += ',';
        out += payload;
        out += ']';
      }
      out += ']';
    }
    object.close();
  }

  void shared_statics(object_writer& object, const shape* form) {
    const auto known = std::ranges::find(templates_, form);
    object.key("s") += std::to_string(known - templates_.begin());
    if (known == templates_.end()) templates_.push_back(form);
  }

  void full_holes(object_writer& object, const std::vector<dynamic>& holes) {
    for (std::size_t i = 0; i < holes.size(); ++i) {
      object.key(i);
      full(holes[i]);
    }
  }

  void full(const dynamic& hole) {
    std::visit([this](const auto& value) { full(value); }, hole.value);
  }

  void full(const std::string& html) { web::append_json_string(out_, html); }

  void full(const rendered& node) {
    object_writer object{out_};
    shared_statics(object, node.form);
    full_holes(object, node.holes);
    object.close();
  }

  void full(const keyed_list& list) {
    object_writer object{out_};
    shared_statics(object, list.form);
    object_writer keyed{object.key("k")};
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
      keyed.key(i);
      full_entry(list.entries[i].holes);
    }
    keyed.key("kc") += std::to_string(list.entries.size());
    keyed.close();
    object.close();
  }

  void full_entry(const std::vector<dynamic>& holes) {
    object_writer object{out_};
    full_holes(object, holes);
    object.close();
  }

  // The browser keeps nothing of a stream but its statics, so a batch is always written whole.
  void full(const stream_batch& batch) {
    object_writer object{out_};
    if (batch.form != nullptr) {
      shared_statics(object, batch.form);
    } else {
      object.key("s") += "[\"\"]";
    }
    object_writer keyed{object.key("k")};
    for (std::size_t i = 0; i < batch.inserts.size(); ++i) {
      keyed.key(i);
      full_entry(batch.inserts[i].holes);
    }
    keyed.key("kc") += std::to_string(batch.inserts.size());
    keyed.close();
    stream_operations(object.key("stream"), batch);
    object.close();
  }

  static void stream_operations(std::string& out, const stream_batch& batch) {
    out += '[';
    web::append_json_string(out, batch.ref);
    out += ",[";
    for (std::size_t i = 0; i < batch.inserts.size(); ++i) {
      const auto& entry = batch.inserts[i];
      if (i != 0) out += ',';
      out += '[';
      web::append_json_string(out, entry.dom_id);
      out += ',';
      out += std::to_string(entry.at);
      out += ',';
      out += entry.limit ? std::to_string(*entry.limit) : "null";
      out += ",null]";
    }
    out += "],[";
    for (std::size_t i = 0; i < batch.deletes.size(); ++i) {
      if (i != 0) out += ',';
      web::append_json_string(out, batch.deletes[i]);
    }
    out += batch.reset ? "],true]" : "]]";
  }

  void changed_holes(object_writer& object, const std::vector<dynamic>& before,
                     const std::vector<dynamic>& after) {
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (!differs(before[i], after[i])) continue;
      object.key(i);
      changed(before[i], after[i]);
    }
  }

  static bool differs(const std::vector<dynamic>& before, const std::vector<dynamic>& after) {
    return !std::ranges::equal(before, after,
                               [](const dynamic& a, const dynamic& b) { return !differs(a, b); });
  }

  static bool differs(const dynamic& before, const dynamic& after) {
    if (const auto* batch = std::get_if<stream_batch>(&after.value)) {
      return !std::holds_alternative<stream_batch>(before.value) || !batch->empty();
    }
    if (before.value.index() != after.value.index()) return true;
    if (const auto* html = std::get_if<std::string>(&after.value)) {
      return *html != std::get<std::string>(before.value);
    }
    if (const auto* node = std::get_if<rendered>(&after.value)) {
      const auto& old = std::get<rendered>(before.value);
      return node->form != old.form || differs(old.holes, node->holes);
    }
    const auto& list = std::get<keyed_list>(after.value);
    const auto& old = std::get<keyed_list>(before.value);
    return list.form != old.form ||
           !std::ranges::equal(old.entries, list.entries, [](const auto& a, const auto& b) {
             return a.key == b.key && !differs(a.holes, b.holes);
           });
  }

  // Requires: differs(before, after).
  void changed(const dynamic& before, const dynamic& after) {
    if (before.value.index() == after.value.index()) {
      if (const auto* node = std::get_if<rendered>(&after.value)) {
        const auto& old = std::get<rendered>(before.value);
        if (node->form == old.form) {
          object_writer object{out_};
          changed_holes(object, old.holes, node->holes);
          object.close();
          return;
        }
      } else if (const auto* list = std::get_if<keyed_list>(&after.value)) {
        const auto& old = std::get<keyed_list>(before.value);
        if (list->form == old.form) return changed_list(old, *list);
      }
    }
    full(after);
  }

  void changed_list(const keyed_list& before, const keyed_list& after) {
    std::unordered_map<std::string_view, std::size_t> old_index;
    for (std::size_t i = 0; i < before.entries.size(); ++i) {
      old_index.emplace(before.entries[i].key, i);
    }
    bool moved = false;
    object_writer object{out_};
    object_writer keyed{object.key("k")};
    for (std::size_t i = 0; i < after.entries.size(); ++i) {
      const auto& entry = after.entries[i];
      const auto known = old_index.find(entry.key);
      if (known == old_index.end()) {
        keyed.key(i);
        full_entry(entry.holes);
        continue;
      }
      const std::size_t from = known->second;
      old_index.erase(known);  // a second entry with this key is sent as a new one
      const bool same = !differs(before.entries[from].holes, entry.holes);
      if (from == i && same) continue;
      keyed.key(i);
      if (from == i) {
        changed_entry(before.entries[from].holes, entry.holes);
        continue;
      }
      moved = true;
      if (same) {
        out_ += std::to_string(from);
      } else {
        out_ += '[';
        out_ += std::to_string(from);
        out_ += ',';
        changed_entry(before.entries[from].holes, entry.holes);
        out_ += ']';
      }
    }
    if (moved) keyed.key("km") += "true";
    keyed.key("kc") += std::to_string(after.entries.size());
    keyed.close();
    object.close();
  }

  void changed_entry(const std::vector<dynamic>& before, const std::vector<dynamic>& after) {
    object_writer object{out_};
    changed_holes(object, before, after);
    object.close();
  }

  std::string& out_;
  std::vector<const shape*> templates_;
};

// What the browser will remember: streams without their entries.
void forget_streams(std::vector<dynamic>& holes) {
  for (dynamic& hole : holes) {
    if (auto* batch = std::get_if<stream_batch>(&hole.value)) {
      batch->inserts.clear();
      batch->deletes.clear();
      batch->reset = false;
    } else if (auto* node = std::get_if<rendered>(&hole.value)) {
      forget_streams(node->holes);
    } else if (auto* list = std::get_if<keyed_list>(&hole.value)) {
      for (auto& entry : list->entries) forget_streams(entry.holes);
    }
  }
}

}  // namespace

std::string differ::full(rendered page, const extras& with) {
  std::string out;
  message_writer{out}.full_page(page, with);
  shown_ = std::move(page);
  forget_streams(shown_.holes);
  return out;
}

std::string differ::diff(rendered page, const extras& with) {
  std::string out;
  message_writer{out}.changed_page(shown_, page, with);
  shown_ = std::move(page);
  forget_streams(shown_.holes);
  return out;
}

}  // namespace chatroom::live
