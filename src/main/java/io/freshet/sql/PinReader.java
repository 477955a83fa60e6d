package io.freshet.sql;

import io.freshet.change.TableName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import net.sf.jsqlparser.expression.BooleanValue;
import net.sf.jsqlparser.expression.CastExpression;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.JdbcParameter;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.expression.NullValue;
import net.sf.jsqlparser.expression.SignedExpression;
import net.sf.jsqlparser.expression.StringValue;
import net.sf.jsqlparser.expression.operators.conditional.AndExpression;
import net.sf.jsqlparser.expression.operators.relational.EqualsTo;
import net.sf.jsqlparser.expression.operators.relational.InExpression;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a WHERE pins. A condition counts where two readers agree: JSqlParser says that
 * it is one of the conditions joined by AND at the top, and the tokens around it say that it is
 * nothing but a column, {@code =} or {@code IN}, and plain values.
 */
final class PinReader {

  private final Tokens tokens;
  private final WriteSite site;
  private final Conjuncts conjuncts;

  /** Other tables are present: a column without qualification may be theirs. */
  private final boolean joined;

  private final Map<String, List<Value>> pins = new LinkedHashMap<>();
  private final Map<String, String> spellings = new LinkedHashMap<>();
  private final Set<String> contested = new HashSet<>();

  PinReader(Tokens tokens, WriteSite site, boolean joined) {
    this.tokens = tokens;
    this.site = site;
    this.conjuncts = new Conjuncts(tokens, site);
    this.joined = joined;
  }

  /** The values by column in lower case. */
  Map<String, List<Value>> read(@Nullable Expression where) {
    Deque<Expression> conditions = new ArrayDeque<>();
    if (where != null) {
      conditions.push(where);
    }
    while (!conditions.isEmpty()) {
      Expression condition = conditions.pop();
      if (condition instanceof AndExpression and) {
        conditions.push(and.getRightExpression());
        conditions.push(and.getLeftExpression());
      } else if (condition instanceof ParenthesedExpressionList<?> list && list.size() == 1) {
        conditions.push(list.get(0));
      } else if (condition instanceof EqualsTo equal) {
        equal(equal);
      } else if (condition instanceof InExpression in) {
        in(in);
      }
    }
    pins.keySet().removeAll(contested);
    return pins;
  }

  private void equal(EqualsTo equal) {
    if (equal.getLeftExpression() instanceof Column column && isValue(equal.getRightExpression())) {
      int at = ParserText.position(column.getColumnName());
      ValueReader.Read read = at < 0 ? null : ValueReader.read(tokens, at + 2);
      if (read != null && tokens.isSymbol(at + 1, "=")) {
        pin(at, start(at), read.end(), List.of(read.value()));
      }
    } else if (equal.getRightExpression() instanceof Column column
        && isValue(equal.getLeftExpression())) {
      int at = ParserText.position(column.getColumnName());
      int start = start(at);
      ValueReader.Read read = at < 0 ? null : ValueReader.read(tokens, start - 2);
      if (read != null && read.end() == start - 1 && tokens.isSymbol(start - 1, "=")) {
        pin(at, start - 2, at + 1, List.of(read.value()));
      }
    }
  }

  private void in(InExpression in) {
    if (in.isNot()
        || !(in.getLeftExpression() instanceof Column column)
        || !(in.getRightExpression() instanceof ParenthesedExpressionList<?> list)) {
      return;
    }
    int at = ParserText.position(column.getColumnName());
    if (at < 0 || !tokens.isWord(at + 1, "in") || !tokens.isSymbol(at + 2, "(")) {
      return;
    }
    List<Value> values = new ArrayList<>();
    int next = at + 2;
    do {
      ValueReader.Read read = ValueReader.read(tokens, next + 1);
      if (read == null) {
        return;
      }
      values.add(read.value());
      next = read.end();
    } while (tokens.isSymbol(next, ","));
    if (tokens.isSymbol(next, ")") && values.size() == list.size()) {
      pin(at, start(at), next + 1, values);
    }
  }

  /** Where the column's qualification starts. */
  private int start(int column) {
    int start = column;
    while (tokens.isSymbol(start - 1, ".")) {
      start -= 2;
    }
    return start;
  }

  /** Pins the column if the tokens from start to end are a condition that must hold. */
  private void pin(int column, int start, int end, List<Value> values) {
    int qualified = start(column);
    String name = qualified == column ? WriteScan.nameAt(tokens, column) : tokens.at(column).name();
    if (name == null || !isTargets(qualified, column) || !conjuncts.contains(start, end)) {
      return;
    }
    String folded = name.toLowerCase(Locale.ROOT);
    String spelling = spellings.putIfAbsent(folded, name);
    if (spelling != null && !spelling.equals(name)) {
      // two columns that differ in case only: the vocabulary cannot tell them apart
      contested.add(folded);
    }
    pins.merge(folded, values, (some, others) -> some.size() <= others.size() ? some : others);
  }

  private boolean isTargets(int start, int column) {
    if (start == column) {
      return !joined;
    }
    QualifiedName qualifier = QualifiedName.read(tokens, start);
    if (qualifier == null || qualifier.last() != column) {
      return false;
    }
    TableName table = site.table();
    String alias = site.alias();
    String last = tokens.at(column - 2).name();
    if (column - start == 2) {
      return alias != null ? alias.equals(last) : table.name().equals(last);
    }
    return alias == null
        && column - start == 4
        && table.name().equals(last)
        && Objects.equals(tokens.at(start).value(), table.schema());
  }

  private static boolean isValue(Expression expression) {
    return expression instanceof LongValue
        || expression instanceof StringValue
        || expression instanceof JdbcParameter
        || expression instanceof SignedExpression
        || expression instanceof CastExpression
        || expression instanceof BooleanValue
        || expression instanceof NullValue;
  }
}
