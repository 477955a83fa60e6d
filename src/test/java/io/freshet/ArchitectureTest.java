package io.freshet;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class ArchitectureTest {

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.freshet");

  private static void check(ArchRule rule) {
    rule.check(MAIN);
  }

  @Test
  void packages_haveNoCycles() {
    check(slices().matching("io.freshet.(*)..").should().beFreeOfCycles());
  }

  @Test
  void change_dependsOnNothingOfOurs_norOnAnyLibraryButJackson() {
    check(
        classes()
            .that(resideInAPackage("io.freshet.change.."))
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                    "io.freshet.change..",
                    "java..",
                    "org.jspecify.annotations..",
                    "com.google.errorprone.annotations..",
                    "tools.jackson.core..")));
  }

  @Test
  void hibernate_isTouchedOnlyByTheFourPackagesThatJoinIt() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.freshet.hibernate..",
                "io.freshet.cache..",
                "io.freshet.mapping..",
                "io.freshet.audit..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.hibernate..")));
  }

  @Test
  void root_usesNoOtherPackageOfOurs() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.freshet")
            .should()
            .dependOnClassesThat(resideInAPackage("io.freshet.*..")));
  }

  @Test
  void cache_knowsNeitherMappingNorSqlNorTheDatabase() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.freshet.cache..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "io.freshet.mapping..",
                    "io.freshet.sql..",
                    "io.freshet.postgres..",
                    "io.freshet.hibernate..")));
  }

  @Test
  void nobody_printsOrLogsPastTheCatalogue() {
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.freshet.Message")
            .and()
            .resideOutsideOfPackage("io.freshet.cli..")
            .should()
            .callMethodWhere(
                target(owner(assignableTo(Logger.class))).and(target(nameMatching("warn|error")))));
  }

  @Test
  void everyPackage_isNullMarked() {
    List<String> unmarked =
        MAIN.stream()
            .map(type -> type.getPackage())
            .distinct()
            .filter(one -> one.tryGetAnnotationOfType(NullMarked.class).isEmpty())
            .map(one -> one.getName())
            .toList();

    Assertions.assertThat(unmarked).isEmpty();
  }

  @Test
  void nothing_isSynchronizedOnTheWayOfAHit() {
    check(
        noMethods()
            .that()
            .areDeclaredInClassesThat(
                resideInAPackage("io.freshet.cache..")
                    .and(simpleName("FreshetRegionFactory").negate()))
            .should()
            .haveModifier(JavaModifier.SYNCHRONIZED));
  }

  @Test
  void files_areShortEnoughToHoldInMind() throws Exception {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      List<String> tooLong =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> lines(file) > 500)
              .map(Path::toString)
              .toList();

      Assertions.assertThat(tooLong).isEmpty();
    }
  }

  private static long lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
