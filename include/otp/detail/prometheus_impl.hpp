// How the text exposition format is written.
#pragma once

#include <otp/config.hpp>
#include <otp/prometheus.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace otp::detail {

// A name of a metric or label: [a-zA-Z_][a-zA-Z0-9_]*. (Metrics may have colons too, which are meant
// for rules of the server.)
OTP_DECL std::string prometheus_name(std::string_view text) {
  std::string name;
  name.reserve(text.size() + 1);
  for (const char each : text) {
    const bool letter = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z');
    const bool digit = each >= '0' && each <= '9';
    if (digit && name.empty()) name += '_';
    name += letter || digit ? each : '_';
  }
  return name;
}

OTP_DECL std::string prometheus_escaped(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char each : text) {
    if (each == '\n') {
      out += "\\n";
      continue;
    }
    if (each == '\\' || (quotes && each == '"')) out += '\\';
    out += each;
  }
  return out;
}

OTP_DECL std::string prometheus_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

/// Writes one text; knows which names are taken.
class prometheus_writer {
 public:
  std::string take() && { return std::move(out_); }

  void write(const metric_reading& reading) {
    if (reading.series.empty()) return;
    const metric& about = *reading.definition;
    const std::string name = family_name(about);
    const auto labels = label_names(about);
    const std::string& described = about.options().description;
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name,
                        described.empty()
                            ? fmt::format("The {} {}.", to_string(about.kind()), about.name())
                            : prometheus_escaped(described, false),
                        name, type_of(about));
    for (const auto& series : reading.series) {
      std::string tags;
      for (std::size_t i = 0; i < series.tags.size(); ++i) {
        tags += fmt::format("{}{}=\"{}\"", i == 0 ? "" : ",", labels[i],
                            prometheus_escaped(series.tags[i], true));
      }
      std::visit([&](const auto& value) { sample(about, name, tags, value); }, series.value);
    }
  }

 private:
  static bool is_total(const metric& about) {
    return about.kind() == metric_kind::counter ||
           (about.kind() == metric_kind::sum && about.options().monotonic);
  }

  static std::string_view type_of(const metric& about) {
    switch (about.kind()) {
      case metric_kind::summary: return "summary";
      case metric_kind::distribution: return "histogram";
      default: return is_total(about) ? "counter" : "gauge";
    }
  }

  // The suffixes of the lines of a family; its own name belongs to it in any case.
  static std::vector<std::string_view> suffixes(const metric& about) {
    switch (about.kind()) {
      case metric_kind::summary: return {"", "_sum", "_count"};
      case metric_kind::distribution: return {"", "_bucket", "_sum", "_count"};
      default: return {""};
    }
  }

  std::string family_name(const metric& about) {
    std::string base = prometheus_name(about.name());
    const std::string total = is_total(about) ? "_total" : "";
    if (!total.empty() && base.ends_with(total)) base.resize(base.size() - total.size());
    const auto unit = base_unit(about.options().unit);
    if (about.kind() != metric_kind::counter && !unit.empty()) {
      const std::string suffix = fmt::format("_{}", unit);
      if (!base.ends_with(suffix)) base += suffix;
    }
    std::string wanted = base + total;
    for (int attempt = 1; !is_free(wanted, about); ++attempt) {
      wanted = fmt::format("{}_{}{}{}", base, to_string(about.kind()),
                           attempt == 1 ? "" : fmt::format("_{}", attempt), total);
    }
    for (const auto suffix : suffixes(about)) taken_.insert(wanted + std::string{suffix});
    return wanted;
  }

  bool is_free(const std::string& name, const metric& about) const {
    for (const auto suffix : suffixes(about)) {
      if (taken_.contains(name + std::string{suffix})) return false;
    }
    return true;
  }

  static std::vector<std::string> label_names(const metric& about) {
    // Those that the format gives a meaning of its own are nobody's.
    std::set<std::string> taken{"le", "quantile"};
    std::vector<std::string> names;
    for (const auto& tag : about.options().tags) {
      const std::string plain = prometheus_name(tag);
      const std::string name = plain.starts_with("__") ? "tag" + plain : plain;
      std::string wanted = name;
      for (int attempt = 2; !taken.insert(wanted).second; ++attempt) {
        wanted = fmt::format("{}_{}", name, attempt);
      }
      names.push_back(std::move(wanted));
    }
    return names;
  }

  void line(std::string_view name, std::string_view suffix, std::string_view tags,
            std::string_view extra, std::string_view value) {
    out_ += name;
    out_ += suffix;
    if (!tags.empty() || !extra.empty()) {
      out_ += '{';
      out_ += tags;
      if (!tags.empty() && !extra.empty()) out_ += ',';
      out_ += extra;
      out_ += '}';
    }
    out_ += ' ';
    out_ += value;
    out_ += '\n';
  }

  static std::string in_base_unit(const metric& about, double value) {
    return prometheus_number(to_base_unit(about.options().unit, value));
  }

  void sample(const metric&, std::string_view name, std::string_view tags, std::uint64_t value) {
    line(name, "", tags, "", fmt::format("{}", value));
  }

  void sample(const metric& about, std::string_view name, std::string_view tags, double value) {
    line(name, "", tags, "", in_base_unit(about, value));
  }

  void sample(const metric& about, std::string_view name, std::string_view tags,
              const metric_summary& value) {
    if (value.count > 0) {
      const std::array<std::pair<std::string_view, double>, 3> quantiles{
          {{"quantile=\"0.5\"", value.p50},
           {"quantile=\"0.9\"", value.p90},
           {"quantile=\"0.99\"", value.p99}}};
      for (const auto& each : quantiles) {
        line(name, "", tags, each.first, in_base_unit(about, each.second));
      }
    }
    line(name, "_sum", tags, "", in_base_unit(about, value.sum));
    line(name, "_count", tags, "", fmt::format("{}", value.count));
  }

  void sample(const metric& about, std::string_view name, std::string_view tags,
              const metric_distribution& value) {
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < value.counts.size(); ++i) {
      so_far += value.counts[i];
      const std::string bound =
          i < about.buckets().size() ? in_base_unit(about, about.buckets()[i]) : "+Inf";
      line(name, "_bucket", tags, fmt::format("le=\"{}\"", bound), fmt::format("{}", so_far));
    }
    line(name, "_sum", tags, "", in_base_unit(about, value.sum));
    line(name, "_count", tags, "", fmt::format("{}", value.count));
  }

  std::string out_;
  std::set<std::string> taken_;
};

}  // namespace otp::detail

namespace otp::prometheus {

OTP_DECL std::string text(const std::vector<metric_reading>& readings) {
  detail::prometheus_writer writer;
  for (const auto& each : readings) writer.write(each);
  return std::move(writer).take();
}

}  // namespace otp::prometheus
