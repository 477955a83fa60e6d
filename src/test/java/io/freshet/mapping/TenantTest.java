package io.freshet.mapping;

import static io.freshet.mapping.Lab.deleted;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.List;
import java.util.Map;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.annotations.TenantId;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TenantTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab =
        Lab.of(
            Map.of("hibernate.tenant_identifier_resolver", new Nobody()), List.of(Account.class));
    lab.database.execute("insert into account(id, code, tenant) values (1, 'a', 'red')");
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  private static boolean cached(String tenant) {
    EntityDataAccess access = lab.entity(Account.class).getCacheAccessStrategy();
    return access.contains(
        access.generateCacheKey(1L, lab.entity(Account.class), lab.factory, tenant));
  }

  @Test
  void tenantKnown_keyOfThatTenant() {
    try (var session = lab.factory.withOptions().tenantIdentifier((Object) "red").openSession()) {
      session.find(Account.class, 1L);
    }
    assertThat(cached("red")).isTrue();

    Footprint footprint = lab.map().footprint(deleted("account", "id", 1, "code", "a"), "red");
    lab.evict(footprint);

    assertThat(cached("red")).isFalse();
    assertThat(footprint.regions().get(Account.class.getName()).keys()).hasSize(1);
    assertThat(footprint.regions().get(Account.class.getName() + "##NaturalId").keys()).hasSize(1);
  }

  @Test
  void tenantUnknown_wholeRegion() {
    Footprint footprint = lab.map().footprint(deleted("account", "id", 1, "code", "a"), null);

    assertThat(footprint.regions().get(Account.class.getName()).whole()).isTrue();
    assertThat(footprint.regions().get(Account.class.getName() + "##NaturalId").whole()).isTrue();
  }

  static final class Nobody implements CurrentTenantIdentifierResolver<String> {
    @Override
    public String resolveCurrentTenantIdentifier() {
      return "nobody";
    }

    @Override
    public boolean validateExistingCurrentSessions() {
      return false;
    }
  }

  @Entity(name = "Account")
  @Cacheable
  @NaturalIdCache
  static class Account {
    @Id Long id;
    @NaturalId String code;
    @TenantId String tenant;
  }
}
