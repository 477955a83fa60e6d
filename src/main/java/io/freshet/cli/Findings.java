package io.freshet.cli;

import io.freshet.postgres.tracking.Gap;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Findings as they come, and how they are printed. Not thread-safe. */
final class Findings {

  private static final JsonFactory JSON = new JsonFactory();

  /** Longer subjects do not widen the column of all. */
  private static final int WIDEST_SUBJECT = 40;

  private static final String RESET = "\u001b[0m";

  private final List<Finding> all = new ArrayList<>();

  void add(Finding finding) {
    all.add(finding);
  }

  void ok(String subject, String text) {
    add(Finding.ok(subject, text));
  }

  void info(String subject, String text, String remedy) {
    add(new Finding(Severity.INFO, subject, text, Optional.of(remedy)));
  }

  void warning(String subject, String problem, String remedy) {
    add(new Finding(Severity.WARNING, subject, problem, Optional.of(remedy)));
  }

  void error(String subject, String problem, String remedy) {
    add(new Finding(Severity.ERROR, subject, problem, Optional.of(remedy)));
  }

  void addAll(Severity severity, Collection<Gap> gaps) {
    gaps.forEach(gap -> add(Finding.of(severity, gap)));
  }

  Severity worst() {
    return all.stream().map(Finding::severity).max(Comparator.naturalOrder()).orElse(Severity.OK);
  }

  int size() {
    return all.size();
  }

  /** The worst first. */
  private List<Finding> sorted() {
    return all.stream()
        .distinct()
        .sorted(Comparator.comparing(Finding::severity).reversed())
        .toList();
  }

  void print(Shell shell, boolean json) {
    if (json) {
      shell.print(shell.secrets().without(json()));
    } else {
      printText(shell);
    }
  }

  private void printText(Shell shell) {
    boolean colours = shell.terminal().colours();
    int width =
        all.stream()
            .mapToInt(finding -> finding.subject().length())
            .filter(length -> length <= WIDEST_SUBJECT)
            .max()
            .orElse(1);
    for (Finding finding : sorted()) {
      String severity = "%-7s".formatted(finding.severity());
      shell.print(
          shell
              .secrets()
              .without(
                  "%s  %s  %s"
                      .formatted(
                          colours ? colour(finding.severity()) + severity + RESET : severity,
                          ("%-" + width + "s").formatted(finding.subject()),
                          finding.problem())));
      finding
          .remedy()
          .ifPresent(
              remedy -> shell.print(" ".repeat(9) + shell.secrets().without("-> " + remedy)));
    }
  }

  private static String colour(Severity severity) {
    return switch (severity) {
      case OK -> "\u001b[32m";
      case INFO -> "\u001b[36m";
      case WARNING -> "\u001b[33m";
      case ERROR -> "\u001b[31m";
    };
  }

  private String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeName("worst").writeString(worst().name());
      json.writeName("findings").writeStartArray();
      for (Finding finding : sorted()) {
        json.writeStartObject();
        json.writeName("severity").writeString(finding.severity().name());
        json.writeName("subject").writeString(finding.subject());
        json.writeName("problem").writeString(finding.problem());
        finding.remedy().ifPresent(remedy -> json.writeName("remedy").writeString(remedy));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }
}
