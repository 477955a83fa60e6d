package io.freshet.torture;

import io.freshet.torture.Finding.Members;
import io.freshet.torture.Finding.Row;
import io.freshet.torture.Finding.Rows;
import io.freshet.torture.Finding.Unresolved;
import io.freshet.torture.Read.Kind;
import io.freshet.torture.Read.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads as lines of text, with tabs between the fields. */
final class Lines {

  private static final String NO_ROW = "-";

  private Lines() {}

  static String write(Read read) {
    List<String> fields = new ArrayList<>();
    fields.add(String.valueOf(read.node()));
    fields.add(String.valueOf(read.begin()));
    fields.add(String.valueOf(read.end()));
    fields.add(String.valueOf(read.transaction()));
    fields.add(read.kind().source().name());
    fields.add(String.valueOf(read.kind().snapshot()));
    fields.add(read.kind().by());
    if (read.finding() instanceof Rows rows) {
      fields.add("rows");
      for (Row row : rows.rows()) {
        String state = row.state();
        fields.addAll(List.of(row.table(), row.key(), state == null ? NO_ROW : "=" + state));
      }
    } else if (read.finding() instanceof Members members) {
      fields.addAll(
          List.of("members", members.table(), String.valueOf(members.column()), members.value()));
      fields.addAll(members.keys());
    } else if (read.finding() instanceof Unresolved missing) {
      fields.addAll(
          List.of(
              "unresolved", missing.table(), String.valueOf(missing.column()), missing.value()));
    }
    return String.join("\t", fields);
  }

  static Read read(String line) {
    List<String> fields = List.of(line.split("\t", -1));
    return new Read(
        Integer.parseInt(fields.get(0)),
        Long.parseLong(fields.get(1)),
        Long.parseLong(fields.get(2)),
        Long.parseLong(fields.get(3)),
        new Kind(Source.valueOf(fields.get(4)), Boolean.parseBoolean(fields.get(5)), fields.get(6)),
        finding(fields.get(7), fields.subList(8, fields.size())));
  }

  private static Finding finding(String kind, List<String> fields) {
    if (kind.equals("rows")) {
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < fields.size(); i += 3) {
        String state = fields.get(i + 2);
        rows.add(
            new Row(
                fields.get(i),
                fields.get(i + 1),
                state.equals(NO_ROW) ? null : state.substring(1)));
      }
      return new Rows(rows);
    }
    String table = fields.get(0);
    int column = Integer.parseInt(fields.get(1));
    if (kind.equals("members")) {
      return new Members(
          table, column, fields.get(2), Set.copyOf(fields.subList(3, fields.size())));
    }
    return new Unresolved(table, column, fields.get(2));
  }
}
