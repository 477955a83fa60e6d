package io.freshet.hibernate;

import io.freshet.cache.SessionContext;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.cache.spi.QueryKey;
import org.hibernate.engine.jdbc.internal.JdbcServicesImpl;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.sql.ast.tree.expression.JdbcParameter;
import org.hibernate.sql.exec.internal.JdbcOperationQueryMutationNative;
import org.hibernate.sql.exec.internal.JdbcSelectExecutorStandardImpl;
import org.hibernate.sql.exec.internal.StandardJdbcMutationExecutor;
import org.hibernate.sql.exec.spi.ExecutionContext;
import org.hibernate.sql.exec.spi.JdbcMutationExecutor;
import org.hibernate.sql.exec.spi.JdbcOperationQueryMutation;
import org.hibernate.sql.exec.spi.JdbcParameterBinder;
import org.hibernate.sql.exec.spi.JdbcParameterBinding;
import org.hibernate.sql.exec.spi.JdbcParameterBindings;
import org.hibernate.sql.exec.spi.JdbcSelect;
import org.hibernate.sql.exec.spi.JdbcSelectExecutor;
import org.hibernate.sql.results.spi.ResultsConsumer;
import org.hibernate.sql.results.spi.RowTransformer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees every statement that Hibernate runs for a query, with its final SQL and its parameters: HQL,
 * Criteria and native, from stateful and stateless sessions. A select may write as well: PostgreSQL
 * runs HQL on several tables as a CTE with a select around it, and a function may do anything.
 * Thread-safe.
 */
final class StatementInterception extends JdbcServicesImpl {

  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(StatementInterception.class);

  private final transient JdbcMutationExecutor mutations = new Mutations();
  private final transient JdbcSelectExecutor selects = new Selects();

  @Override
  public JdbcMutationExecutor getJdbcMutationExecutor() {
    return mutations;
  }

  @Override
  public JdbcSelectExecutor getJdbcSelectExecutor() {
    return selects;
  }

  private static <T> T watched(
      @Nullable JournalContext context, String sql, Write write, Supplier<T> execution) {
    if (context == null || write.isEmpty()) {
      return execution.get();
    }
    // first: what the statement itself returns (RETURNING) is not committed either
    context.beginStatement(sql, write);
    try {
      return execution.get();
    } finally {
      // also when it failed: not every database takes back all that a failed statement did
      context.endStatement();
    }
  }

  private static Write writeOf(
      @Nullable JournalContext context,
      String sql,
      List<JdbcParameterBinder> binders,
      JdbcParameterBindings bindings) {
    if (context == null) {
      return Write.NOTHING;
    }
    List<@Nullable Object> parameters = new ArrayList<>(binders.size());
    for (JdbcParameterBinder binder : binders) {
      JdbcParameterBinding binding =
          binder instanceof JdbcParameter parameter ? bindings.getBinding(parameter) : null;
      parameters.add(binding == null ? Unbound.VALUE : binding.getBindValue());
    }
    // SQL heeds no tenant, and HQL none in a session of the root tenant
    return context.node().statements().writeOf(sql, parameters, context.connections(), null);
  }

  /** Stands for a value that cannot be seen; no row has it, so it must not pin one. */
  private enum Unbound {
    VALUE
  }

  private static final class Mutations implements JdbcMutationExecutor {

    @Override
    public int execute(
        JdbcOperationQueryMutation operation,
        JdbcParameterBindings bindings,
        Function<String, PreparedStatement> statementCreator,
        BiConsumer<Integer, PreparedStatement> expectationCheck,
        ExecutionContext execution) {
      SharedSessionContractImplementor session = execution.getSession();
      JournalContext context = JournalContext.ofSession(session);
      Write write =
          writeOf(context, operation.getSqlString(), operation.getParameterBinders(), bindings);
      if (context != null) {
        context.claimAnnouncement(announcedEverySpace(operation));
      }
      return watched(
          context,
          operation.getSqlString(),
          write,
          () ->
              StandardJdbcMutationExecutor.INSTANCE.execute(
                  operation, bindings, statementCreator, expectationCheck, execution));
    }

    /** Hibernate takes a native statement without query spaces for a write of every table. */
    private static boolean announcedEverySpace(JdbcOperationQueryMutation operation) {
      return operation instanceof JdbcOperationQueryMutationNative
          && (operation.getAffectedTableNames() == null
              || operation.getAffectedTableNames().isEmpty());
    }
  }

  private static final class Selects implements JdbcSelectExecutor {

    @Override
    public <T, R> T executeQuery(
        JdbcSelect select,
        JdbcParameterBindings bindings,
        ExecutionContext execution,
        RowTransformer<R> transformer,
        Class<R> resultType,
        StatementCreator statementCreator,
        ResultsConsumer<T, R> consumer) {
      return watch(
          select,
          bindings,
          execution,
          () ->
              JdbcSelectExecutorStandardImpl.INSTANCE.executeQuery(
                  select,
                  bindings,
                  execution,
                  transformer,
                  resultType,
                  statementCreator,
                  consumer));
    }

    @Override
    public <T, R> T executeQuery(
        JdbcSelect select,
        JdbcParameterBindings bindings,
        ExecutionContext execution,
        RowTransformer<R> transformer,
        Class<R> resultType,
        int resultCountEstimate,
        StatementCreator statementCreator,
        ResultsConsumer<T, R> consumer) {
      return watch(
          select,
          bindings,
          execution,
          () ->
              JdbcSelectExecutorStandardImpl.INSTANCE.executeQuery(
                  select,
                  bindings,
                  execution,
                  transformer,
                  resultType,
                  resultCountEstimate,
                  statementCreator,
                  consumer));
    }

    private static <T> T watch(
        JdbcSelect select,
        JdbcParameterBindings bindings,
        ExecutionContext execution,
        Supplier<T> query) {
      JournalContext context = JournalContext.ofSession(execution.getSession());
      if (context == null) {
        return query.get();
      }
      T result;
      boolean wasRead = false;
      context.queryBegins();
      try {
        result = watch(context, select, bindings, query);
        wasRead = true;
      } finally {
        context.queryEnds(wasRead);
      }
      note(context, select, bindings, execution);
      return result;
    }

    private static <T> T watch(
        JournalContext context,
        JdbcSelect select,
        JdbcParameterBindings bindings,
        Supplier<T> query) {
      if (context.node().statements().isPureRead(select.getSqlString())) {
        return query.get();
      }
      Write write = writeOf(context, select.getSqlString(), select.getParameterBinders(), bindings);
      if (!write.isEmpty()) {
        context.claimAnnouncement(false);
      }
      return watched(context, select.getSqlString(), write, query);
    }

    /**
     * How to run it again, if its result has just been cached. What Hibernate loads for it
     * meanwhile (an eager collection) comes here first, but is not cached.
     */
    private static void note(
        JournalContext context,
        JdbcSelect select,
        JdbcParameterBindings bindings,
        ExecutionContext execution) {
      if (!Boolean.TRUE.equals(execution.getQueryOptions().isResultCachingEnabled())) {
        return;
      }
      SessionContext.StoredQuery stored = context.takeStoredQuery();
      try {
        if (stored != null && stored.key().equals(key(select, execution))) {
          context.node().recipes().note(stored, select, bindings, execution);
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.debug("A cached query will not be audited: {}", select.getSqlString(), e);
      }
    }

    /** As Hibernate makes it. */
    private static QueryKey key(JdbcSelect select, ExecutionContext execution) {
      return QueryKey.from(
          select.getSqlString(),
          execution.getQueryOptions().getLimit(),
          execution.getQueryParameterBindings(),
          execution.getSession());
    }
  }
}
