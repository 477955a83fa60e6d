package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cache.CachingClock;
import org.junit.jupiter.api.Test;

class TenantsTest {

  private final CachingClock clock = CachingClock.system();

  @Test
  void firstSession_makesItsTenantKnown_andFillsNothing() {
    Tenants tenants = new Tenants(true, clock);
    long begun = clock.now();

    assertThat(tenants.isKnown("a", begun)).isFalse();
    assertThat(tenants.isKnown("a", begun)).isFalse();
    assertThat(tenants.isKnown("a", clock.now() + 1)).isTrue();
    assertThat(tenants.all()).containsExactly("a");
  }

  @Test
  void withoutTenants_everySessionMayFill() {
    Tenants tenants = new Tenants(false, clock);

    assertThat(tenants.isKnown(null, 0)).isTrue();
    assertThat(tenants.isKnown("a", 0)).isTrue();
    assertThat(tenants.areMany()).isFalse();
  }

  @Test
  void tooManyTenants_areNotGoneThrough() {
    Tenants tenants = new Tenants(true, clock);
    for (int i = 0; i <= 100; i++) {
      tenants.isKnown("tenant " + i, 0);
    }

    assertThat(tenants.areCountable()).isFalse();
    assertThat(tenants.all()).isEmpty();
  }
}
