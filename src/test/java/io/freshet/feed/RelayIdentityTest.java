package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.TestDatabase;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;

/** Two databases with equal tables, and one channel by mistake. */
class RelayIdentityTest {

  @Test
  void relayOfAnotherDatabase_isNotFollowed_andTheReasonNamesTheChannel() {
    try (TestDatabase staging = TestDatabase.create();
        TestDatabase production = TestDatabase.create();
        TestRelay relay = TestRelay.start(staging, "redis/wal");
        SessionFactoryImplementor own =
            relay
                .follow(SessionFactories.on(staging).with("freshet.tracking", "install"))
                .build(Shop.ENTITIES);
        SessionFactoryImplementor strange =
            relay
                .follow(SessionFactories.on(production).with("freshet.tracking", "none"))
                .build(Shop.ENTITIES)) {
      Nodes.settle(own);

      assertThat(Nodes.feed(own).open()).isTrue();
      assertThat(Nodes.feed(strange).open()).isFalse();
      assertThat(Nodes.feed(strange).reason())
          .contains("the relay tells of another database", "freshet.channel");
    }
  }
}
