package io.freshet.audit;

import org.hibernate.cache.internal.BasicCacheKeyImplementation;
import org.hibernate.cache.internal.CacheKeyImplementation;
import org.hibernate.cache.internal.NaturalIdCacheKey;
import org.jspecify.annotations.Nullable;

/**
 * What a key of Hibernate's says.
 *
 * @param name the root entity or the collection's role
 * @param id the disassembled identifier, or natural-id values
 * @param tenant null without tenants
 * @param natural whether it is a natural id
 */
record CacheKey(String name, Object id, @Nullable String tenant, boolean natural) {

  /** Null for a key of another form. */
  static @Nullable CacheKey of(Object key) {
    if (key instanceof BasicCacheKeyImplementation basic) {
      return new CacheKey(basic.getEntityOrRoleName(), basic.getId(), null, false);
    } else if (key instanceof CacheKeyImplementation full) {
      return new CacheKey(full.getEntityOrRoleName(), full.getId(), full.getTenantId(), false);
    } else if (key instanceof NaturalIdCacheKey natural) {
      return new CacheKey(
          natural.getEntityName(), natural.getNaturalIdValues(), natural.getTenantId(), true);
    }
    return null;
  }

  String text() {
    String shown = String.valueOf(Values.text(id));
    return tenant == null ? shown : shown + " of tenant " + tenant;
  }
}
