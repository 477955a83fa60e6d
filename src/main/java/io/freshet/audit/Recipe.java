package io.freshet.audit;

import io.freshet.cache.SessionContext.StoredQuery;
import java.util.Set;
import org.hibernate.CacheMode;
import org.hibernate.LockMode;
import org.hibernate.engine.spi.LoadQueryInfluencers;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.query.spi.Limit;
import org.hibernate.query.spi.QueryOptions;
import org.hibernate.query.spi.QueryOptionsAdapter;
import org.hibernate.sql.exec.internal.BaseExecutionContext;
import org.hibernate.sql.exec.internal.JdbcParameterBindingImpl;
import org.hibernate.sql.exec.internal.JdbcParameterBindingsImpl;
import org.hibernate.sql.exec.internal.JdbcSelectExecutorStandardImpl;
import org.hibernate.sql.exec.internal.StandardStatementCreator;
import org.hibernate.sql.exec.spi.ExecutionContext;
import org.hibernate.sql.exec.spi.JdbcParameterBindings;
import org.hibernate.sql.exec.spi.JdbcSelect;
import org.hibernate.sql.results.internal.RowTransformerArrayImpl;
import org.hibernate.sql.results.spi.ListResultsConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How to run a cached query again: of its key alone nobody could. Holds nothing of the session that
 * ran it. Immutable.
 *
 * @param stored where its result is
 * @param regionOption the region as the query named it; null for the default one
 * @param tenant as text; null without tenants
 */
record Recipe(
    StoredQuery stored,
    JdbcSelect select,
    JdbcParameterBindings bindings,
    Limit limit,
    @Nullable String regionOption,
    @Nullable String tenant) {

  /** The filter by which Hibernate keeps tenants apart in one table. */
  private static final String TENANT_FILTER = "_tenantId";

  /** Null for a query that is not run again: it locks rows, or is filtered by the session. */
  static @Nullable Recipe of(
      StoredQuery stored,
      JdbcSelect select,
      JdbcParameterBindings bindings,
      ExecutionContext execution) {
    QueryOptions options = execution.getQueryOptions();
    SharedSessionContractImplementor session = execution.getSession();
    var locks = options.getLockOptions();
    boolean locking = locks != null && locks.getLockMode().greaterThan(LockMode.READ);
    if (locking
        || select.getLoadedValuesCollectorFactory() != null
        || isFiltered(session.getLoadQueryInfluencers())) {
      return null;
    }
    Limit limit = options.getLimit();
    return new Recipe(
        stored,
        select,
        copy(bindings),
        limit == null ? Limit.NONE : limit.makeCopy(),
        options.getResultCacheRegionName(),
        session.getTenantIdentifier());
  }

  /** The application may go on to change what it has bound. */
  private static JdbcParameterBindings copy(JdbcParameterBindings bindings) {
    JdbcParameterBindings copies = new JdbcParameterBindingsImpl(bindings.getBindings().size());
    bindings.visitBindings(
        (parameter, binding) ->
            copies.addBinding(
                parameter,
                new JdbcParameterBindingImpl(
                    binding.getBindType(), Values.copy(binding.getBindValue()))));
    return copies;
  }

  private static boolean isFiltered(LoadQueryInfluencers influencers) {
    return influencers.hasEnabledFilters()
        && !influencers.getEnabledFilterNames().equals(Set.of(TENANT_FILTER));
  }

  String sql() {
    return select.getSqlString();
  }

  Set<String> spaces() {
    Set<String> spaces = select.getAffectedTableNames();
    return spaces == null ? Set.of() : spaces;
  }

  /** Runs it, and offers the result for caching. */
  void run(SharedSessionContractImplementor session) {
    // which rows there are, not what a session makes of them: Hibernate keeps them as it reads them
    JdbcSelectExecutorStandardImpl.INSTANCE.executeQuery(
        select,
        bindings,
        new Execution(session, new Options(this)),
        RowTransformerArrayImpl.instance(),
        Object[].class,
        StandardStatementCreator.getStatementCreator(null),
        ListResultsConsumer.instance(ListResultsConsumer.UniqueSemantic.NONE));
  }

  private static final class Execution extends BaseExecutionContext {

    private final QueryOptions options;

    Execution(SharedSessionContractImplementor session, QueryOptions options) {
      super(session);
      this.options = options;
    }

    @Override
    public QueryOptions getQueryOptions() {
      return options;
    }
  }

  private static final class Options extends QueryOptionsAdapter {

    private final Recipe recipe;

    Options(Recipe recipe) {
      this.recipe = recipe;
    }

    @Override
    public Limit getLimit() {
      return recipe.limit;
    }

    @Override
    public CacheMode getCacheMode() {
      return CacheMode.REFRESH;
    }

    @Override
    public Boolean isResultCachingEnabled() {
      return true;
    }

    @Override
    public @Nullable String getResultCacheRegionName() {
      return recipe.regionOption;
    }
  }
}
