package io.freshet;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Pins every method that Hibernate can call on a class of ours, because we implement or extend its
 * type. A version of Hibernate that adds one has a new way past us, or a new duty.
 */
class HibernateContractTest {

  private static final Path PINNED =
      Path.of("src/test/resources/io/freshet/hibernate-contract.txt");
  private static final String WRITE = "contract.write";

  @Test
  void methodsOfHibernateTypes_thatWeImplement_areAsPinned() throws IOException {
    List<String> actual = contract();
    if (Boolean.getBoolean(WRITE)) {
      Files.write(PINNED, actual);
    }
    List<String> pinned = Files.readAllLines(PINNED);

    Set<String> came = new LinkedHashSet<>(actual);
    pinned.forEach(came::remove);
    Set<String> went = new LinkedHashSet<>(pinned);
    actual.forEach(went::remove);
    assertThat(came.isEmpty() && went.isEmpty())
        .as(
            """
            The Hibernate types that Freshet implements have changed (Hibernate %s).
            New methods:
              %s
            Gone methods:
              %s
            For each new method decide whether it writes, reads or evicts past Freshet, or must be
            passed on by a wrapper; implement and test that. Then pin the new state:
              ./mvnw test -Dtest=HibernateContractTest -D%s=true
            and review the difference of %s.
            """,
            org.hibernate.Version.getVersionString(),
            String.join("\n  ", came),
            String.join("\n  ", went),
            WRITE,
            PINNED)
        .isTrue();
  }

  @Test
  void pinnedTypes_coverTheOnesThatMatter() throws IOException {
    assertThat(String.join("\n", Files.readAllLines(PINNED)))
        .contains(
            "EntityDataAccess#",
            "CollectionDataAccess#",
            "NaturalIdDataAccess#",
            "CachedDomainDataAccess#",
            "JCacheRegionFactory#",
            "RegionFactoryTemplate#",
            "AbstractRegionFactory#",
            "AbstractDomainDataRegion#",
            "TimestampsCache#",
            "StorageAccess#",
            "CacheTransactionSynchronization#",
            "JdbcServicesImpl#",
            "JdbcMutationExecutor#",
            "JdbcSelectExecutor#",
            "ConnectionProvider#",
            "MultiTenantConnectionProvider#",
            "PostInsertEventListener#",
            "PostUpdateEventListener#",
            "PostDeleteEventListener#",
            "PostUpsertEventListener#",
            "PostCollectionRecreateEventListener#",
            "Integrator#",
            "ServiceContributor#",
            "StatementInspector#");
  }

  /** One line for each method: type, hash sign, result, name and parameters. */
  private static List<String> contract() {
    Set<Class<?>> types = new LinkedHashSet<>();
    for (JavaClass ours :
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.freshet")) {
      collect(ours.reflect(), types);
    }
    Set<String> lines = new TreeSet<>();
    for (Class<?> type : types) {
      for (Method method : type.getDeclaredMethods()) {
        if (isOverridable(method)) {
          lines.add(type.getName() + "#" + signature(method));
        }
      }
    }
    return new ArrayList<>(lines);
  }

  private static void collect(Class<?> type, Set<Class<?>> hibernateTypes) {
    if (type == null) {
      return;
    }
    if (type.getName().startsWith("org.hibernate.")) {
      hibernateTypes.add(type);
    }
    collect(type.getSuperclass(), hibernateTypes);
    Arrays.stream(type.getInterfaces()).forEach(one -> collect(one, hibernateTypes));
  }

  private static boolean isOverridable(Method method) {
    int modifiers = method.getModifiers();
    return !method.isSynthetic()
        && !Modifier.isStatic(modifiers)
        && (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers));
  }

  private static String signature(Method method) {
    int modifiers = method.getModifiers();
    return (Modifier.isFinal(modifiers) ? "final " : "")
        + (Modifier.isAbstract(modifiers) ? "abstract " : "")
        + method.getReturnType().getSimpleName()
        + " "
        + method.getName()
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
