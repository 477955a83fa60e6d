package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.Freshet;
import io.freshet.change.ChangeFeed;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Product;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node does as a feed begins, told by hand and on a real database. */
class FeedLinkTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  private final Stage stage =
      Stage.of(
          settings ->
              settings.with(
                  "hibernate.connection.isolation", Connection.TRANSACTION_REPEATABLE_READ),
          Shop.ENTITIES);
  private FeedLink link;

  @BeforeEach
  void attach() {
    stage.seed();
    Node node = (Node) Freshet.of(stage.factory);
    link = new FeedLink("scripted", node, new ByHand(), () -> Intake.byName(node), LONG);
    node.attach(link);
    link.start();
  }

  @AfterEach
  void close() {
    stage.close();
  }

  /**
   * A model of the log feed found it: a commit that ends between a reset and the first barrier may
   * be told never, and a session that had read before it stored the old row when the gate was open.
   */
  @Test
  void entity_readBeforeTheFirstBarrierAndStoredAfter_isNotServed() {
    String read = readAcrossTheFirstBarrier(session -> session.find(Product.class, 1).name);
    assertThat(read).isEqualTo("p1");

    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void query_readBeforeTheFirstBarrierAndStoredAfter_isNotServed() {
    List<String> read = readAcrossTheFirstBarrier(FeedLinkTest::names);
    assertThat(read).contains("p1");

    assertThat(stage.read(FeedLinkTest::names)).contains("changed").doesNotContain("p1");
  }

  @Test
  void entity_readAfterTheFirstBarrier_isCached() {
    link.reset("it begins");
    link.barrier(System.nanoTime());

    stage.name(Product.class, 1);

    assertThat(stage.factory.getCache().containsEntity(Product.class, 1)).isTrue();
  }

  /** What a session reads that has its snapshot from before a commit of which nobody tells. */
  private <T> T readAcrossTheFirstBarrier(Function<Session, T> work) {
    link.reset("it begins");
    try (Session session = stage.factory.openSession()) {
      session.beginTransaction();
      session.createQuery("select count(*) from Tag", Long.class).getSingleResult();
      stage.database.execute("update product set name = 'changed' where id = 1");

      link.barrier(System.nanoTime());

      T read = work.apply(session);
      session.getTransaction().commit();
      return read;
    }
  }

  private static List<String> names(Session session) {
    return session
        .createQuery("select name from Product", String.class)
        .setCacheable(true)
        .getResultList();
  }

  /** Says nothing by itself. */
  private static final class ByHand implements ChangeFeed {

    @Override
    public void start(Listener listener) {}

    @Override
    public void requestBarrier() {}

    @Override
    public Statistics statistics() {
      return new Statistics(0, 0, 0);
    }

    @Override
    public void close() {}
  }
}
