package io.freshet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A report of an audit, for people. Stateless. */
final class AuditText {

  private AuditText() {}

  /** The report line by line: what differs, then the counts. */
  static List<String> lines(Map<String, @Nullable Object> report) {
    List<String> lines = new ArrayList<>();
    for (String sort : List.of("stale", "unproven")) {
      for (Map<?, ?> finding : findings(report, sort)) {
        lines.add(
            Visible.text(
                "%s %s %s %s: for %s ms at least, %s ms at most; evicted"
                    .formatted(
                        sort,
                        finding.get("kind"),
                        finding.get("name"),
                        finding.get("key"),
                        finding.get("at_least_ms"),
                        finding.get("at_most_ms"))));
        for (Map<?, ?> one : maps(finding.get("differences"))) {
          lines.add(
              Visible.text(
                  "  %s (%s): cached %s, database %s"
                      .formatted(
                          one.get("property"),
                          one.get("column"),
                          shown(one.get("cached")),
                          shown(one.get("database")))));
        }
      }
    }
    lines.add(
        "%s compared in %s ms: %s fresh, %s overtaken, %d stale, %d unproven%s"
            .formatted(
                report.get("samples"),
                report.get("took_ms"),
                report.get("fresh"),
                report.get("overtaken"),
                findings(report, "stale").size(),
                findings(report, "unproven").size(),
                notCompared(report)));
    return lines;
  }

  private static String notCompared(Map<String, @Nullable Object> report) {
    Object counts = report.get("not_compared");
    return counts instanceof Map<?, ?> map && !map.isEmpty() ? ", not compared: " + map : "";
  }

  /** The stale entries of a report, or those that are unproven. */
  static List<Map<?, ?>> findings(Map<?, ?> report, String sort) {
    return maps(report.get(sort));
  }

  /** The objects of an array; none of anything else. */
  static List<Map<?, ?>> maps(@Nullable Object array) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (array instanceof List<?> list) {
      for (Object one : list) {
        if (one instanceof Map<?, ?> map) {
          maps.add(map);
        }
      }
    }
    return maps;
  }

  static String shown(@Nullable Object value) {
    return value == null ? "nothing" : "'" + value + "'";
  }
}
