package io.freshet.feed;

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
import jakarta.persistence.PrimaryKeyJoinColumn;
import jakarta.persistence.SecondaryTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** Joined, single-table and table-per-class hierarchies, and secondary tables. */
class InheritanceShapesTest extends ShapeTests {

  @Override
  CacheView build(String feed) {
    Class<?>[] entities = {
      Owner.class,
      Animal.class,
      Dog.class,
      Cat.class,
      Shape.class,
      Circle.class,
      Vehicle.class,
      Car.class,
      Truck.class
    };
    return CacheView.of(feed, entities)
        .entities(Owner.class, 1L, 2L)
        .collections(Owner.class, "animals", 1L, 2L)
        .collections(Owner.class, "dogs", 1L, 2L)
        .collections(Owner.class, "vehicles", 1L, 2L)
        .entities(Animal.class, 10L, 11L, 12L)
        .entities(Shape.class, 20L, 21L, 22L)
        .entities(Vehicle.class, 30L, 31L, 32L)
        .query("all animals", "select a.name from Animal a order by a.id")
        .query("all dogs", "select d.bark from Dog d order by d.id")
        .query("all circles", "select c.radius from Circle c order by c.id")
        .query("all vehicles", "select v.plate from Vehicle v order by v.id")
        .query("all cars", "select c.seats from Car c order by c.id");
  }

  @Override
  String[] seed() {
    return new String[] {
      "truncate owner, animal, dog, cat, shape, shape_detail, car, truck cascade",
      "insert into owner(id) values (1), (2)",
      "insert into animal(id, name, owner_id) values (10, 'rex', 1), (11, 'tom', 2)",
      "insert into dog(id, bark) values (10, 'wau')",
      "insert into cat(id, purr) values (11, 'rrr')",
      "insert into shape(id, dtype, radius) values (20, 'Circle', 3), (21, 'Shape', null)",
      "insert into shape_detail(shape_id, detail) values (20, 'd')",
      "insert into car(id, owner_id, plate, seats) values (30, 1, 'a', 4)",
      "insert into truck(id, owner_id, plate, load) values (31, 2, 'b', 9)"
    };
  }

  @OnBothFeeds
  void joined_rowOfSubclass_updated_takesTheEntity(String feed) {
    view(feed).after("update dog set bark = 'woof' where id = 10", "Animal#10", "all dogs");
  }

  @OnBothFeeds
  void joined_rowOfRoot_updated_takesTheEntity_andWhatIsSortedByIt(String feed) {
    view(feed)
        .after(
            "update animal set name = 'max' where id = 10",
            "Animal#10",
            "Owner.animals#1",
            "all animals",
            "all dogs");
  }

  @OnBothFeeds
  void joined_insertedAndDeleted_takeTheOwnersCollections(String feed) {
    CacheView view = view(feed);

    // a row of dog may make any animal a dog, whoever owns it: the region of dogs falls
    view.after(
        "with a as (insert into animal(id, name, owner_id) values (12, 'new', 1) returning id)"
            + " insert into dog(id, bark) select id, 'b' from a",
        "Owner.animals#1",
        "Owner.dogs#1",
        "Owner.dogs#2",
        "all animals",
        "all dogs");
    view.after(
        "begin; delete from dog where id = 12; delete from animal where id = 12; commit",
        "Animal#12",
        "Owner.animals#1",
        "Owner.dogs#1",
        "Owner.dogs#2",
        "all animals",
        "all dogs");
  }

  @OnBothFeeds
  void joined_movedToAnotherOwner_takesBothOwnersCollections(String feed) {
    view(feed)
        .after(
            "update animal set owner_id = 2 where id = 10",
            "Animal#10",
            "Owner.animals#1",
            "Owner.animals#2",
            "Owner.dogs#1",
            "Owner.dogs#2",
            "all animals",
            "all dogs");
  }

  @OnBothFeeds
  void joined_keyChanged_takesOldAndNew(String feed) {
    view(feed)
        .after(
            "begin; delete from dog where id = 10; update animal set id = 12 where id = 10;"
                + " insert into dog(id, bark) values (12, 'w'); commit",
            "Animal#10",
            "Owner.animals#1",
            "Owner.dogs#1",
            "Owner.dogs#2",
            "all animals",
            "all dogs");
  }

  @OnBothFeeds
  void singleTable_updatedAndAnotherClass_takesTheEntity(String feed) {
    CacheView view = view(feed);

    view.after("update shape set radius = 4 where id = 20", "Shape#20", "all circles");
    view.after(
        "update shape set dtype = 'Circle', radius = 1 where id = 21", "Shape#21", "all circles");
    view.after("insert into shape(id, dtype, radius) values (22, 'Circle', 7)", "all circles");
    view.after("update shape set id = 23 where id = 22", "Shape#22", "all circles");
    view.after("delete from shape where id = 21", "Shape#21", "all circles");
  }

  @OnBothFeeds
  void secondaryTable_rowComesChangesMovesAndGoes_takesItsEntity(String feed) {
    CacheView view = view(feed);
    String query = "all circles";

    view.after("insert into shape_detail(shape_id, detail) values (21, 'late')", "Shape#21", query);
    view.after("update shape_detail set detail = 'e' where shape_id = 20", "Shape#20", query);
    view.after("delete from shape_detail where shape_id = 21", "Shape#21", query);
    view.after(
        "update shape_detail set shape_id = 21 where shape_id = 20", "Shape#20", "Shape#21", query);
  }

  @OnBothFeeds
  void tablePerClass_rowUpdatedInsertedMovedDeleted_takesItsOwn(String feed) {
    CacheView view = view(feed);

    view.after("update car set seats = 5 where id = 30", "Vehicle#30", "all cars", "all vehicles");
    view.after(
        "insert into truck(id, owner_id, plate, load) values (32, 1, 'c', 1)",
        "Owner.vehicles#1",
        "all vehicles");
    view.after(
        "update truck set owner_id = 1 where id = 31",
        "Vehicle#31",
        "Owner.vehicles#1",
        "Owner.vehicles#2",
        "all vehicles");
    view.after("delete from truck where id = 32", "Vehicle#32", "Owner.vehicles#1", "all vehicles");
    view.after(
        "update car set id = 32 where id = 30",
        "Vehicle#30",
        "Owner.vehicles#1",
        "all cars",
        "all vehicles");
  }

  @OnBothFeeds
  void columnThatNobodyMaps_takesQueriesOnly(String feed) {
    CacheView view = view(feed);
    view.nodes.outside("alter table animal add column if not exists stray int");
    view.fresh();

    view.after("update animal set stray = 1", "all animals", "all dogs");
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
  @SecondaryTable(name = "shape_detail", pkJoinColumns = @PrimaryKeyJoinColumn(name = "shape_id"))
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
