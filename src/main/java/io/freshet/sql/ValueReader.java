package io.freshet.sql;

import io.freshet.sql.Value.Cast;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads literals and parameters, with the casts that cannot change them. */
final class ValueReader {

  private static final Map<String, Cast> CASTS =
      Map.ofEntries(
          Map.entry("bigint", Cast.INTEGER),
          Map.entry("int8", Cast.INTEGER),
          Map.entry("integer", Cast.INTEGER),
          Map.entry("int", Cast.INTEGER),
          Map.entry("int4", Cast.INTEGER),
          Map.entry("smallint", Cast.INTEGER),
          Map.entry("int2", Cast.INTEGER),
          Map.entry("text", Cast.TEXT),
          Map.entry("varchar", Cast.TEXT),
          Map.entry("uuid", Cast.UUID));

  /** The digits of the longest whole number worth reading. */
  private static final int MAX_DIGITS = 100;

  private ValueReader() {}

  /**
   * @param value the value
   * @param end the position after it; what stands there may still make it part of an expression
   */
  record Read(Value value, int end) {}

  /** The value that starts here, or null where no plain one does. */
  static @Nullable Read read(Tokens tokens, int at) {
    if (tokens.isWord(at, "cast") && tokens.isSymbol(at + 1, "(")) {
      Read inner = plain(tokens, at + 2);
      return inner != null
              && tokens.isWord(inner.end(), "as")
              && tokens.isSymbol(inner.end() + 2, ")")
          ? cast(inner.value(), tokens.at(inner.end() + 1), inner.end() + 3)
          : null;
    }
    Read plain = plain(tokens, at);
    // a sign binds less tightly than "::", which only matters where the cast fails
    return plain != null && tokens.isSymbol(plain.end(), "::")
        ? cast(plain.value(), tokens.at(plain.end() + 1), plain.end() + 2)
        : plain;
  }

  private static @Nullable Read cast(Value value, Token type, int end) {
    Cast cast = type.kind() == Token.Kind.WORD ? CASTS.get(type.text()) : null;
    if (cast == null) {
      return null;
    }
    if (value instanceof Value.Parameter parameter) {
      return new Read(new Value.Parameter(parameter.ordinal(), cast), end);
    }
    return value instanceof Value.Literal literal && cast.keeps(literal.value())
        ? new Read(value, end)
        : null;
  }

  private static @Nullable Read plain(Tokens tokens, int at) {
    Token token = tokens.at(at);
    if (token.isSymbol("-") && tokens.at(at + 1).kind() == Token.Kind.NUMBER) {
      Value number = number(tokens.at(at + 1), "-");
      return number == null ? null : new Read(number, at + 2);
    }
    Value value =
        switch (token.kind()) {
          case NUMBER -> number(token, "");
          case STRING -> token.value() == null ? null : new Value.Literal(token.value());
          case PARAMETER -> parameter(token);
          case WORD -> word(token.text());
          default -> null;
        };
    return value == null ? null : new Read(value, at + 1);
  }

  private static @Nullable Value number(Token token, String sign) {
    if (token.value() == null || token.value().length() > MAX_DIGITS) {
      return null;
    }
    BigInteger number = new BigInteger(sign + token.value());
    return number.bitLength() < Long.SIZE
        ? new Value.Literal(number.longValue())
        : new Value.Literal(number);
  }

  private static @Nullable Value parameter(Token token) {
    if (token.value() == null || token.value().length() > 6) {
      return null;
    }
    return new Value.Parameter(Integer.parseInt(token.value()), Cast.NONE);
  }

  private static @Nullable Value word(String word) {
    return switch (word) {
      case "true" -> new Value.Literal(true);
      case "false" -> new Value.Literal(false);
      case "null" -> new Value.Literal(null);
      default -> null;
    };
  }
}
