package io.freshet.sql;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** A run of tokens that answers questions about positions; outside its bounds stands END. */
final class Tokens {

  private final List<Token> tokens;

  /** For each token that opens a group the position after the group. */
  private final int[] afterGroup;

  private final int depth;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
    this.afterGroup = new int[tokens.size()];
    Deque<Integer> open = new ArrayDeque<>();
    int deepest = 0;
    for (int i = 0; i < tokens.size(); i++) {
      if (opens(i)) {
        afterGroup[i] = tokens.size();
        open.push(i);
        deepest = Math.max(deepest, open.size());
      } else if (closes(i) && !open.isEmpty()) {
        afterGroup[open.pop()] = i + 1;
      }
    }
    this.depth = deepest;
  }

  int size() {
    return tokens.size();
  }

  Token at(int index) {
    return index < 0 || index >= tokens.size() ? Token.END : tokens.get(index);
  }

  boolean isWord(int index, String word) {
    return at(index).isWord(word);
  }

  boolean isAnyWord(int index, Set<String> words) {
    Token token = at(index);
    return token.kind() == Token.Kind.WORD && words.contains(token.text());
  }

  boolean isSymbol(int index, String symbol) {
    return at(index).isSymbol(symbol);
  }

  boolean containsWord(String word) {
    return tokens.stream().anyMatch(token -> token.isWord(word));
  }

  Tokens from(int start) {
    return range(start, tokens.size());
  }

  Tokens range(int start, int end) {
    int last = Math.min(end, tokens.size());
    return new Tokens(tokens.subList(Math.min(start, last), last));
  }

  /**
   * Where the parentheses that enclose the token at {@code index} close, or the size where none do:
   * the first position outside the statement part that the token belongs to.
   */
  int scopeEnd(int index) {
    for (int i = index; i < tokens.size(); i = next(i)) {
      if (isSymbol(i, ")")) {
        return i;
      }
    }
    return tokens.size();
  }

  /** The position after this token, or after the whole group that it opens. */
  int next(int index) {
    return opens(index) ? afterGroup[index] : index + 1;
  }

  private boolean opens(int index) {
    return isSymbol(index, "(") || isSymbol(index, "[");
  }

  private boolean closes(int index) {
    return isSymbol(index, ")") || isSymbol(index, "]");
  }

  /** The deepest nesting of parentheses and brackets. */
  int depth() {
    return depth;
  }
}
