package io.freshet.mapping;

import static io.freshet.mapping.Lab.deleted;
import static io.freshet.mapping.Lab.inserted;
import static io.freshet.mapping.Lab.row;
import static io.freshet.mapping.Lab.updated;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.SecondaryTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.Hibernate;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InheritanceTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab =
        Lab.of(
            Owner.class,
            Animal.class,
            Dog.class,
            Cat.class,
            Shape.class,
            Circle.class,
            Vehicle.class,
            Car.class,
            Truck.class);
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  @BeforeEach
  void fill() {
    lab.database.execute(
        "truncate owner, animal, dog, cat, shape, shape_detail, car, truck cascade",
        "insert into owner(id) values (1), (2)",
        "insert into animal(id, name, owner_id) values (10, 'rex', 1), (11, 'tom', 2)",
        "insert into dog(id, bark) values (10, 'wau')",
        "insert into cat(id, purr) values (11, 'rrr')",
        "insert into shape(id, dtype, radius) values (20, 'Circle', 3), (21, 'Shape', null)",
        "insert into shape_detail(shape_id, detail) values (20, 'd')",
        "insert into car(id, owner_id, plate, seats) values (30, 1, 'a', 4)",
        "insert into truck(id, owner_id, plate, load) values (31, 2, 'b', 9)");
    lab.factory.getCache().evictAllRegions();
    lab.write(
        session -> {
          for (long id = 1; id <= 2; id++) {
            Owner owner = session.find(Owner.class, id);
            Hibernate.initialize(owner.animals);
            Hibernate.initialize(owner.dogs);
            Hibernate.initialize(owner.vehicles);
            session.find(Animal.class, id + 9);
            session.find(Shape.class, id + 19);
            session.find(Vehicle.class, id + 29);
          }
        });
    cached(Animal.class, 10, 11);
    cached(Shape.class, 20, 21);
    cached(Vehicle.class, 30, 31);
    collections(1, true, true, true);
    collections(2, true, true, true);
  }

  private static void cached(Class<?> type, long... ids) {
    for (long id : ids) {
      assertThat(lab.cached(type, id)).as(type.getSimpleName() + id).isTrue();
    }
  }

  private static void gone(Class<?> type, long... ids) {
    for (long id : ids) {
      assertThat(lab.cached(type, id)).as(type.getSimpleName() + id).isFalse();
    }
  }

  private static void collections(long owner, boolean animals, boolean dogs, boolean vehicles) {
    assertThat(lab.cachedCollection(Owner.class, "animals", owner)).isEqualTo(animals);
    assertThat(lab.cachedCollection(Owner.class, "dogs", owner)).isEqualTo(dogs);
    assertThat(lab.cachedCollection(Owner.class, "vehicles", owner)).isEqualTo(vehicles);
  }

  @Test
  void joined_subclassRowUpdated_keyOfRoot() {
    lab.change(
        "update dog set bark = 'woof' where id = 10",
        updated("dog", List.of("bark"), row("id", "10"), row()));

    gone(Animal.class, 10);
    cached(Animal.class, 11);
    collections(1, true, true, true);
    assertThat(lab.<String>read(s -> ((Dog) s.find(Animal.class, 10L)).bark)).isEqualTo("woof");
  }

  @Test
  void joined_rootRowUpdated_keyAndOrderedCollection() {
    lab.change(
        "update animal set name = 'max' where id = 10",
        updated("animal", List.of("name"), row("id", 10, "owner_id", 1), row()));

    gone(Animal.class, 10);
    collections(1, false, true, true);
    collections(2, true, true, true);
  }

  @Test
  void joined_rootRowInserted_noEntityButSuperclassTypedCollection() {
    lab.change(
        "insert into animal(id, name, owner_id) values (12, 'new', 1)",
        inserted("animal", "id", 12, "owner_id", 1));

    cached(Animal.class, 10, 11);
    collections(1, false, false, true);
    collections(2, true, true, true);
  }

  @Test
  void joined_subclassRowInsertedForExistingRoot_keyAndSubclassTypedCollections() {
    lab.change("insert into dog(id, bark) values (11, 'x')", inserted("dog", "id", 11));

    gone(Animal.class, 11);
    cached(Animal.class, 10);
    collections(2, true, false, true);
  }

  @Test
  void joined_subclassKeyUnknown_wholeRegion() {
    lab.change("update dog set bark = 'x'", TableChange.anything(TableName.of("dog")));

    gone(Animal.class, 10, 11);
    cached(Shape.class, 20, 21);
  }

  @Test
  void singleTable_subclassColumnUpdated_keyOfRoot() {
    lab.change(
        "update shape set radius = 4 where id = 20",
        updated("shape", List.of("radius"), row("id", 20), row()));

    gone(Shape.class, 20);
    cached(Shape.class, 21);
  }

  @Test
  void singleTable_discriminatorUpdated_keyOfRoot() {
    lab.change(
        "update shape set dtype = 'Circle' where id = 21",
        updated("shape", List.of("dtype"), row("id", 21), row()));

    gone(Shape.class, 21);
    assertThat(lab.<Boolean>read(s -> s.find(Shape.class, 21L) instanceof Circle)).isTrue();
  }

  @Test
  void secondaryTable_rowInsertedUpdatedDeleted_key() {
    lab.change(
        "insert into shape_detail(shape_id, detail) values (21, 'late')",
        inserted("shape_detail", "shape_id", 21));
    gone(Shape.class, 21);
    cached(Shape.class, 20);
    assertThat(lab.<String>read(s -> s.find(Shape.class, 21L).detail)).isEqualTo("late");

    lab.change(
        "update shape_detail set detail = 'e' where shape_id = 20",
        updated("shape_detail", List.of("detail"), row("shape_id", 20), row()));
    gone(Shape.class, 20);
    cached(Shape.class, 21);

    lab.change(
        "delete from shape_detail where shape_id = 21", deleted("shape_detail", "shape_id", 21));
    gone(Shape.class, 21);
  }

  @Test
  void secondaryTable_keyUpdated_bothKeys() {
    lab.change(
        "update shape_detail set shape_id = 21 where shape_id = 20",
        updated("shape_detail", List.of("shape_id"), row("shape_id", 20), row("shape_id", 21)));

    gone(Shape.class, 20, 21);
  }

  @Test
  void union_concreteTableUpdated_keyOfRoot() {
    lab.change(
        "update car set seats = 5 where id = 30",
        updated("car", List.of("seats"), row("id", 30, "owner_id", 1), row()));

    gone(Vehicle.class, 30);
    cached(Vehicle.class, 31);
    collections(1, true, true, true);
  }

  @Test
  void union_rowInserted_superclassTypedCollectionByKey() {
    lab.change(
        "insert into truck(id, owner_id, plate, load) values (32, 1, 'c', 1)",
        inserted("truck", "id", 32, "owner_id", 1));

    cached(Vehicle.class, 30, 31);
    collections(1, true, true, false);
    collections(2, true, true, true);
    assertThat(lab.<Integer>read(s -> s.find(Owner.class, 1L).vehicles.size())).isEqualTo(2);
  }

  @Entity(name = "Owner")
  @Cacheable
  static class Owner {
    @Id Long id;

    @OneToMany(mappedBy = "owner")
    @OrderBy("name")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    List<Animal> animals = new ArrayList<>();

    @OneToMany(mappedBy = "owner")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Dog> dogs = new HashSet<>();

    @OneToMany(mappedBy = "owner")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Vehicle> vehicles = new HashSet<>();
  }

  @Entity(name = "Animal")
  @Inheritance(strategy = InheritanceType.JOINED)
  @Cacheable
  static class Animal {
    @Id Long id;
    String name;

    @ManyToOne
    @JoinColumn(name = "owner_id")
    Owner owner;
  }

  @Entity(name = "Dog")
  static class Dog extends Animal {
    String bark;
  }

  @Entity(name = "Cat")
  static class Cat extends Animal {
    String purr;
  }

  @Entity(name = "Shape")
  @Inheritance(strategy = InheritanceType.SINGLE_TABLE)
  @SecondaryTable(
      name = "shape_detail",
      pkJoinColumns = @jakarta.persistence.PrimaryKeyJoinColumn(name = "shape_id"))
  @Cacheable
  static class Shape {
    @Id Long id;

    @Column(table = "shape_detail")
    String detail;
  }

  @Entity(name = "Circle")
  static class Circle extends Shape {
    Integer radius;
  }

  @Entity(name = "Vehicle")
  @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
  @Cacheable
  abstract static class Vehicle {
    @Id Long id;
    String plate;

    @ManyToOne
    @JoinColumn(name = "owner_id")
    Owner owner;
  }

  @Entity(name = "Car")
  static class Car extends Vehicle {
    Integer seats;
  }

  @Entity(name = "Truck")
  static class Truck extends Vehicle {
    Integer load;
  }
}
