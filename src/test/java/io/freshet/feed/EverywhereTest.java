package io.freshet.feed;

import static io.freshet.feed.Nodes.holds;
import static io.freshet.feed.Nodes.read;
import static io.freshet.feed.Nodes.settle;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.Freshet;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Customer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What somebody asks for on one node reaches all, by whatever the feed is. */
class EverywhereTest {

  @ParameterizedTest
  @FieldSource("io.freshet.feed.Nodes#FEEDS")
  void evictedEverywhere_isGoneOnTheOtherNode_andNothingElseIs(String feed) {
    try (Nodes nodes = Nodes.of(feed, Shop.ENTITIES)) {
      nodes.outside("insert into customer values (1, 'Ada'), (2, 'Grace')");
      warm(nodes);

      Freshet.of(nodes.one).evictEverywhere(Customer.class, 1L);
      settle(nodes.other);
      assertThat(holds(nodes.other, Customer.class, 1L)).isFalse();
      assertThat(holds(nodes.other, Customer.class, 2L)).isTrue();
      assertThat(holds(nodes.one, Customer.class, 1L)).isFalse();

      warm(nodes);
      Freshet.of(nodes.one).evictTableEverywhere("customer");
      settle(nodes.other);
      assertThat(holds(nodes.other, Customer.class, 2L)).isFalse();

      warm(nodes);
      Freshet.of(nodes.other).evictAllEverywhere();
      settle(nodes.one);
      assertThat(holds(nodes.one, Customer.class, 2L)).isFalse();
      assertThat(Nodes.feed(nodes.one).counts().resets()).isEqualTo(1);
    }
  }

  private static void warm(Nodes nodes) {
    nodes.settle();
    nodes
        .both()
        .forEach(
            node ->
                read(
                    node,
                    session ->
                        session.createSelectionQuery("from Customer", Customer.class).list()));
    assertThat(holds(nodes.other, Customer.class, 1L)).isTrue();
  }
}
