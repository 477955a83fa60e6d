package io.freshet.audit;

import io.freshet.AuditReport;
import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Finding;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reports as JSON, one line each. Stateless.
 *
 * <pre>{@code
 * {"at":"2026-01-02T03:04:05Z","took_ms":12,"samples":2,"fresh":1,"overtaken":0,
 *  "not_compared":{"failed":0},"stale":[
 *   {"kind":"entity","region":"Product","name":"Product","key":"1","at_least_ms":3,"at_most_ms":99,
 *    "message":"FRESHET-070","table":"product","row":{"id":"1"},"differences":[
 *     {"property":"price","column":"price","cached":"1","database":"2"}]}],
 *  "unproven":[]}
 * }</pre>
 */
final class ReportJson {

  private static final JsonFactory JSON = new JsonFactory();

  private ReportJson() {}

  static String of(AuditReport report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeName("at").writeString(report.at().toString());
      json.writeName("took_ms").writeNumber(report.took().toMillis());
      json.writeName("samples").writeNumber(report.samples());
      json.writeName("fresh").writeNumber(report.fresh());
      json.writeName("overtaken").writeNumber(report.overtaken());
      json.writeName("not_compared").writeStartObject();
      new TreeMap<>(report.notCompared())
          .forEach((reason, count) -> json.writeName(lower(reason)).writeNumber(count));
      json.writeEndObject();
      write(json, "stale", report.stale());
      write(json, "unproven", report.unproven());
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, String name, List<Finding> findings) {
    json.writeName(name).writeStartArray();
    findings.forEach(finding -> write(json, finding));
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, Finding finding) {
    json.writeStartObject();
    json.writeName("kind").writeString(lower(finding.kind()));
    json.writeName("region").writeString(finding.region());
    json.writeName("name").writeString(finding.name());
    json.writeName("key").writeString(finding.key());
    json.writeName("at_least_ms").writeNumber(finding.atLeast().toMillis());
    json.writeName("at_most_ms").writeNumber(finding.atMost().toMillis());
    json.writeName("message").writeString(finding.message());
    finding
        .row()
        .ifPresent(
            row -> {
              json.writeName("table").writeString(row.table());
              json.writeName("row").writeStartObject();
              new TreeMap<>(row.key())
                  .forEach((column, value) -> json.writeName(column).writeString(value));
              json.writeEndObject();
            });
    json.writeName("differences").writeStartArray();
    for (Difference difference : finding.differences()) {
      json.writeStartObject();
      json.writeName("property").writeString(difference.property());
      json.writeName("column").writeString(difference.column());
      writeValue(json, "cached", difference.cached());
      writeValue(json, "database", difference.database());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeValue(JsonGenerator json, String name, @Nullable String value) {
    json.writeName(name);
    if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value);
    }
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
