package io.freshet.audit;

import io.freshet.cache.SessionContext.StoredQuery;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.sql.exec.spi.ExecutionContext;
import org.hibernate.sql.exec.spi.JdbcParameterBindings;
import org.hibernate.sql.exec.spi.JdbcSelect;

/**
 * How to run the queries again whose results were cached last. Thread-safe. Asked only when a
 * result is stored: a hit costs nothing.
 */
public final class Recipes {

  /** What is kept at most. */
  static final int MOST = 256;

  private final Map<StoredQuery, Recipe> recipes = new LinkedHashMap<>();

  Recipes() {}

  /** The result of this query has just been stored. */
  public void note(
      StoredQuery stored,
      JdbcSelect select,
      JdbcParameterBindings bindings,
      ExecutionContext execution) {
    Recipe recipe = Recipe.of(stored, select, bindings, execution);
    synchronized (recipes) {
      recipes.remove(stored); // the last are kept
      if (recipe != null) {
        recipes.put(stored, recipe);
      }
      if (recipes.size() > MOST) {
        var oldest = recipes.keySet().iterator();
        oldest.next();
        oldest.remove();
      }
    }
  }

  List<Recipe> all() {
    synchronized (recipes) {
      return List.copyOf(recipes.values());
    }
  }

  void forget(Recipe recipe) {
    synchronized (recipes) {
      recipes.remove(recipe.stored(), recipe);
    }
  }
}
