package io.freshet.sql;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.StringProvider;
import net.sf.jsqlparser.parser.feature.Feature;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.delete.ParenthesedDelete;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.insert.ParenthesedInsert;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.WithItem;
import net.sf.jsqlparser.statement.update.ParenthesedUpdate;
import net.sf.jsqlparser.statement.update.Update;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How JSqlParser reads a statement: the parsed write for each target.
 *
 * <p>JSqlParser never sees the text itself. It reads the lexer's tokens, in which names, literals
 * and parameters are replaced by the position of their token ({@code "7"}, {@code '7'}, {@code
 * ?7}). So it cannot disagree with the lexer about where a string ends or which parameter is which,
 * and what it finds leads back to exact tokens.
 */
final class Structure {

  private static final Logger LOG = LoggerFactory.getLogger(Structure.class);

  /** Larger statements keep their tables and lose their rows. */
  private static final int MAX_TOKENS = 20_000;

  /** Deeper nesting may overflow the parser's stack. */
  private static final int MAX_DEPTH = 100;

  private static final long MAX_PARSE_NANOS = 2_000_000_000L;

  private final Map<Integer, Statement> writes = new HashMap<>();
  private final Set<Integer> ambiguous = new HashSet<>();

  private Structure() {}

  /** JSqlParser's reading of the statement; knows no write where it cannot read it. */
  static Structure of(Tokens tokens, List<WriteSite> sites) {
    Structure structure = new Structure();
    if (tokens.size() <= MAX_TOKENS && tokens.depth() <= MAX_DEPTH) {
      String text = new ParserText(tokens, sites).render();
      Statement statement = parse(text);
      if (statement != null) {
        structure.collect(statement);
      }
    }
    return structure;
  }

  /** The parsed write of this site if it is of the given kind, or null. */
  <T extends Statement> @Nullable T writeAt(WriteSite site, Class<T> kind) {
    int target = site.target().last();
    Statement statement = ambiguous.contains(target) ? null : writes.get(target);
    return kind.isInstance(statement) ? kind.cast(statement) : null;
  }

  private static @Nullable Statement parse(String text) {
    try {
      return new BoundedParser(text).Statement();
    } catch (ParseException | RuntimeException | StackOverflowError e) {
      LOG.debug("Not parsed, known by its tables only: {}", text, e);
      return null;
    }
  }

  private void collect(Statement statement) {
    if (statement instanceof ParenthesedUpdate parenthesed) {
      collect(parenthesed.getUpdate());
    } else if (statement instanceof ParenthesedDelete parenthesed) {
      collect(parenthesed.getDelete());
    } else if (statement instanceof ParenthesedInsert parenthesed) {
      collect(parenthesed.getInsert());
    } else if (statement instanceof Update update) {
      put(update.getTable(), update);
      collectParts(update.getWithItemsList());
    } else if (statement instanceof Delete delete) {
      put(delete.getTable(), delete);
      collectParts(delete.getWithItemsList());
    } else if (statement instanceof Insert insert) {
      put(insert.getTable(), insert);
      collectParts(insert.getWithItemsList());
      if (insert.getSelect() != null) {
        collect(insert.getSelect());
      }
    } else if (statement instanceof Select select) {
      collectParts(select.getWithItemsList());
      if (select instanceof ParenthesedSelect parenthesed && parenthesed.getSelect() != null) {
        collect(parenthesed.getSelect());
      }
    }
  }

  private void collectParts(@Nullable List<WithItem<?>> withItems) {
    if (withItems != null) {
      for (WithItem<?> item : withItems) {
        if (item.getParenthesedStatement() != null) {
          collect(item.getParenthesedStatement());
        }
      }
    }
  }

  private void put(@Nullable Table table, Statement write) {
    int target = table == null ? -1 : ParserText.position(table.getName());
    if (writes.put(target, write) != null) {
      ambiguous.add(target);
    }
  }

  /** Gives up after a time, without a thread of its own: the parser asks for its features often. */
  private static final class BoundedParser extends CCJSqlParser {

    private final long startNanos = System.nanoTime();

    BoundedParser(String text) {
      super(new StringProvider(text));
    }

    @Override
    public boolean getAsBoolean(Feature feature) {
      if (System.nanoTime() - startNanos > MAX_PARSE_NANOS) {
        throw new IllegalStateException("parsing took too long");
      }
      return super.getAsBoolean(feature);
    }
  }
}
