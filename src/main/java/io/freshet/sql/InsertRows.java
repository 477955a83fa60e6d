package io.freshet.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.select.Values;
import org.jspecify.annotations.Nullable;

/** The rows of an INSERT with a column list and VALUES, where two readers agree on them. */
final class InsertRows {

  private final Tokens tokens;
  private final WriteSite site;

  InsertRows(Tokens tokens, WriteSite site) {
    this.tokens = tokens;
    this.site = site;
  }

  /** For each row the columns whose values can be told, in lower case; null where unknown. */
  @Nullable List<Map<String, Value>> read(@Nullable Insert insert) {
    int alias = WriteScan.insertAlias(tokens, site);
    int open = alias < 0 ? site.end() : alias + 1;
    Set<String> columns = names(tokens, open);
    int at = tokens.next(open);
    // OVERRIDING and other options may make the database ignore the given values
    if (columns == null || insert == null || !tokens.isWord(at, "values")) {
      return null;
    }
    List<Map<String, Value>> rows = new ArrayList<>();
    do {
      Map<String, Value> row = row(at + 1, List.copyOf(columns));
      if (row == null) {
        return null;
      }
      rows.add(row);
      at = tokens.next(at + 1);
    } while (tokens.isSymbol(at, ","));
    return agrees(insert, columns.size(), rows.size()) ? rows : null;
  }

  /** The plain names in these parentheses in lower case, or null where there are others. */
  static @Nullable Set<String> names(Tokens tokens, int open) {
    Set<String> names = new LinkedHashSet<>();
    int at = open;
    while (tokens.isSymbol(at, at == open ? "(" : ",")) {
      String name = WriteScan.nameAt(tokens, at + 1);
      if (name == null || !names.add(name.toLowerCase(Locale.ROOT))) {
        return null;
      }
      at += 2;
    }
    return at > open && tokens.isSymbol(at, ")") ? names : null;
  }

  private @Nullable Map<String, Value> row(int open, List<String> columns) {
    if (!tokens.isSymbol(open, "(")) {
      return null;
    }
    Map<String, Value> row = new LinkedHashMap<>();
    int at = open;
    int column = 0;
    do {
      if (column == columns.size()) {
        return null;
      }
      ValueReader.Read read = ValueReader.read(tokens, at + 1);
      at = endOfItem(at + 1);
      if (read != null && read.end() == at) {
        row.put(columns.get(column), read.value());
      }
      column++;
    } while (tokens.isSymbol(at, ","));
    return column == columns.size() ? row : null;
  }

  private int endOfItem(int start) {
    int at = start;
    while (at < tokens.size() && !tokens.isSymbol(at, ",") && !tokens.isSymbol(at, ")")) {
      at = tokens.next(at);
    }
    return at;
  }

  private static boolean agrees(Insert insert, int columns, int rows) {
    if (insert.getColumns() == null
        || insert.getColumns().size() != columns
        || insert.isOverriding()
        || !(insert.getSelect() instanceof Values values)) {
      return false;
    }
    ExpressionList<?> expressions = values.getExpressions();
    if (rows == 1) {
      return expressions instanceof ParenthesedExpressionList && expressions.size() == columns;
    }
    return expressions.size() == rows
        && expressions.stream()
            .allMatch(row -> row instanceof ExpressionList<?> list && list.size() == columns);
  }
}
