package io.freshet.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Says what SQL texts write, and remembers the answers. Thread-safe; nobody waits for another. */
public final class StatementAnalyzer {

  /** A good number of statements to remember. */
  public static final int DEFAULT_MAX_CACHED_STATEMENTS = 2_000;

  /** Longer texts are analysed each time, in characters: they rarely come back. */
  public static final int MAX_CACHED_LENGTH = 64 * 1024;

  private final int maxCachedStatements;

  private final Recent<StatementEffect> cache;

  /**
   * @param maxCachedStatements how many texts' answers are remembered at most, half of them surely;
   *     0 remembers none
   * @throws IllegalArgumentException if it is negative
   */
  public StatementAnalyzer(int maxCachedStatements) {
    if (maxCachedStatements < 0) {
      throw new IllegalArgumentException(
          "maxCachedStatements must be 0 or more, but is " + maxCachedStatements);
    }
    this.maxCachedStatements = maxCachedStatements;
    this.cache = new Recent<>(maxCachedStatements);
  }

  /** What this text may write. Answers for any text, be it SQL or not, and throws for none. */
  public StatementEffect analyze(String sql) {
    if (sql.length() > MAX_CACHED_LENGTH || maxCachedStatements == 0) {
      return read(sql);
    }
    StatementEffect known = cache.get(sql);
    if (known != null) {
      return known;
    }
    StatementEffect effect = read(sql);
    cache.put(sql, effect);
    return effect;
  }

  private static StatementEffect read(String sql) {
    Lexer.Result lexed = Lexer.lex(sql);
    if (lexed.defect() != null) {
      return new StatementEffect(StatementReader.unknown(lexed.defect()), Set.of(), false);
    }
    Tokens tokens = new Tokens(lexed.tokens());
    List<Write> writes = new ArrayList<>();
    boolean definesSchema = false;
    int start = 0;
    for (int i = 0; i <= tokens.size(); i++) {
      if (i == tokens.size() || tokens.isSymbol(i, ";")) {
        Tokens statement = tokens.range(start, i);
        definesSchema |= StatementReader.definesSchema(statement);
        writes.addAll(
            StatementReader.read(lexed.positionsKnown() ? statement : unbound(statement)));
        start = i + 1;
      }
    }
    return new StatementEffect(writes, FunctionScan.scan(tokens), definesSchema);
  }

  /** The same statement with parameters that resolve to nothing. */
  private static Tokens unbound(Tokens tokens) {
    List<Token> unbound = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.at(i);
      unbound.add(
          token.kind() == Token.Kind.PARAMETER
              ? new Token(Token.Kind.PARAMETER, token.text(), null)
              : token);
    }
    return new Tokens(unbound);
  }
}
