package io.freshet.bench;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Modifier;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.annotation.AnnotationDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** As many entities as are wanted, each with a table and a region of its own. Stateless. */
final class Generated {

  private static final String NAME = "Part";

  private Generated() {}

  /** The first so many classes, made once in each JVM. */
  static List<Class<?>> entities(int count) throws IOException {
    List<Class<?>> entities = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      String name = Generated.class.getPackageName() + "." + NAME + i;
      try {
        entities.add(Class.forName(name));
      } catch (ClassNotFoundException notYet) {
        entities.add(entity(name));
      }
    }
    return entities;
  }

  static Set<String> regions(List<Class<?>> entities) {
    return entities.stream().map(Class::getName).collect(Collectors.toSet());
  }

  /** Where the entity of this number, from 1, is kept. */
  static String table(int number) {
    return NAME + number;
  }

  /** Creates their tables, with so many rows each. */
  static void createTables(Words command, int count, int rows) throws SQLException {
    List<String> statements = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      statements.add(
          "create table %s (id bigint primary key, name text not null, revision bigint not null)"
              .formatted(table(i)));
      statements.add(
          "insert into %s select n, 'row ' || n, 0 from generate_series(1, %d) n"
              .formatted(table(i), rows));
    }
    Factories.execute(command, statements.toArray(String[]::new));
  }

  private static Class<?> entity(String name) throws IOException {
    try (DynamicType.Unloaded<?> type =
        new ByteBuddy()
            .subclass(Object.class)
            .name(name)
            .annotateType(
                AnnotationDescription.Builder.ofType(Entity.class).build(),
                AnnotationDescription.Builder.ofType(Cacheable.class).build(),
                AnnotationDescription.Builder.ofType(Cache.class)
                    .define("usage", CacheConcurrencyStrategy.READ_WRITE)
                    .build())
            .defineField("id", long.class, Modifier.PUBLIC)
            .annotateField(AnnotationDescription.Builder.ofType(Id.class).build())
            .defineField("name", String.class, Modifier.PUBLIC)
            .defineField("revision", long.class, Modifier.PUBLIC)
            .make()) {
      return type.load(
              Generated.class.getClassLoader(),
              ClassLoadingStrategy.UsingLookup.of(MethodHandles.lookup()))
          .getLoaded();
    }
  }
}
