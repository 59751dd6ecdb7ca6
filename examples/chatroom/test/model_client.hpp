// A model of the browser's side: merges diffs as the LiveView client 1.2 does (protocol notes
// 10.3) and prints HTML. Written from the description, independent of the code under test.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace chatroom::test {

class model_client {
 public:
  void join(std::string_view tree) { tree_ = boost::json::parse(tree); }

  void apply(std::string_view diff) {
    boost::json::value change = boost::json::parse(diff);
    auto& object = change.as_object();
    object.erase("t");
    object.erase("e");
    if (object.contains("s")) {
      tree_ = change;
    } else {
      merge(tree_, change);
    }
  }

  /// The HTML, with the children of each stream kept by the model as the page would.
  std::string html() {
    std::string out;
    print(out, tree_, {});
    return out;
  }

  struct stream_item {
    std::string id;
    std::string html;
  };
  std::vector<stream_item> items;  // of the one stream a test may use

 private:
  using value = boost::json::value;

  static void merge(value& target, const value& source) {
    const auto& from = source.as_object();
    if (from.contains("k")) return merge_keyed(target.as_object(), from);
    auto& into = target.as_object();
    for (const auto& [key, change] : from) {
      const bool partial = change.is_object() && !change.as_object().contains("s");
      if (partial && into.contains(key) && into[key].is_object()) {
        merge(into[key], change);
      } else {
        into[key] = change;
      }
    }
  }

  static void merge_keyed(boost::json::object& target, const boost::json::object& source) {
    const auto& change = source.at("k").as_object();
    auto& keyed = target["k"].as_object();
    const boost::json::object old = keyed;
    const bool may_move = change.contains("km");
    const auto moved = [&](const value& index) -> value {
      if (!may_move) throw std::logic_error{"an entry moves without km"};
      return old.at(std::to_string(index.to_number<std::size_t>()));
    };
    for (const auto& [key, entry] : change) {
      if (key == "kc" || key == "km") continue;
      if (entry.is_array()) {
        keyed[key] = moved(entry.as_array().at(0));
        merge(keyed[key], entry.as_array().at(1));
      } else if (entry.is_object()) {
        if (!keyed.contains(key)) keyed[key] = boost::json::object{};
        merge(keyed[key], entry);
      } else {
        keyed[key] = moved(entry);
      }
    }
    const auto count = change.at("kc").to_number<std::size_t>();
    for (std::size_t i = count; i < old.at("kc").to_number<std::size_t>(); ++i) {
      keyed.erase(std::to_string(i));
    }
    keyed["kc"] = count;
    for (const std::string_view key : {"stream", "p"}) {
      if (source.contains(key)) target[key] = source.at(key);
    }
  }

  void print(std::string& out, value& node, boost::json::object templates) {
    if (node.is_string()) {
      out += std::string_view{node.as_string()};
      return;
    }
    if (!node.is_object()) throw std::logic_error{"a dynamic that is not a string or an object"};
    auto& object = node.as_object();
    if (object.contains("p")) {
      templates = object["p"].as_object();
      object.erase("p");
    }
    if (object["s"].is_number()) {
      const auto index = std::to_string(object["s"].to_number<std::size_t>());
      object["s"] = templates.at(index);
    }
    const boost::json::array statics = object["s"].as_array();
    if (!object.contains("k")) return print_holes(out, object, statics, templates);
    std::vector<std::string> entries;
    auto& keyed = object["k"].as_object();
    const auto count = keyed.at("kc").to_number<std::size_t>();
    for (std::size_t i = 0; i < count; ++i) {
      std::string entry;
      print_holes(entry, keyed.at(std::to_string(i)).as_object(), statics, templates);
      entries.push_back(std::move(entry));
    }
    if (object.contains("stream")) {
      apply_stream(object["stream"].as_array(), entries);
      object["k"] = boost::json::object{{"kc", 0}};
      object["stream"] = boost::json::array{"0", boost::json::array{}, boost::json::array{}};
      entries.clear();
      for (const auto& item : items) entries.push_back(item.html);
    }
    for (const auto& entry : entries) out += entry;
  }

  void print_holes(std::string& out, boost::json::object& object, const boost::json::array& statics,
                   const boost::json::object& templates) {
    for (std::size_t i = 0; i < statics.size(); ++i) {
      out += std::string_view{statics[i].as_string()};
      if (i + 1 < statics.size()) print(out, object.at(std::to_string(i)), templates);
    }
  }

  void apply_stream(const boost::json::array& operations, const std::vector<std::string>& entries) {
    if (operations.size() > 3) items.clear();
    for (const auto& id : operations.at(2).as_array()) {
      std::erase_if(items, [&](const auto& item) { return item.id == id.as_string(); });
    }
    std::size_t next = 0;
    for (const auto& operation : operations.at(1).as_array()) {
      const auto& insert = operation.as_array();
      const std::string id{insert.at(0).as_string()};
      const stream_item fresh{id, entries.at(next++)};
      bool known = false;
      for (auto& item : items) {
        if (item.id == id) item = fresh, known = true;
      }
      if (known) continue;
      if (insert.at(1).to_number<int>() < 0) {
        items.push_back(fresh);
      } else {
        items.insert(items.begin() + insert.at(1).to_number<int>(), fresh);
      }
      if (insert.at(2).is_null()) continue;
      const int limit = insert.at(2).to_number<int>();
      const auto keep = static_cast<std::size_t>(limit < 0 ? -limit : limit);
      if (items.size() > keep) {
        const auto extra = static_cast<std::ptrdiff_t>(items.size() - keep);
        limit < 0 ? items.erase(items.begin(), items.begin() + extra)
                  : items.erase(items.end() - extra, items.end());
      }
    }
  }

  value tree_;
};

}  // namespace chatroom::test
