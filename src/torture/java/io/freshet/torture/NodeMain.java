package io.freshet.torture;

import io.freshet.Freshet;
import io.freshet.FreshetStatus.FeedStatus;
import io.freshet.torture.Worker.Place;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/**
 * A node in a JVM of its own. It says what it has done, a line each, and does what standard input
 * says, with which it ends.
 */
public final class NodeMain {

  static final String NODE = "torture.node";
  static final String URL = "torture.url";
  static final String THREADS = "torture.threads";
  static final String SEED = "torture.seed";
  static final String PAUSE = "torture.pause";
  static final String FILE = "torture.file";

  private static final Duration SETTLING = Duration.ofSeconds(60);

  private final SessionFactory factory;
  private final Diary diary;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running = true;

  private NodeMain(SessionFactory factory, Diary diary, Properties settings) {
    this.factory = factory;
    this.diary = diary;
    int node = Integer.parseInt(settings.getProperty(NODE));
    Duration pause = Duration.ofMillis(Long.parseLong(settings.getProperty(PAUSE)));
    for (int i = 0; i < Integer.parseInt(settings.getProperty(THREADS)); i++) {
      Place place = new Place(node, i, Long.parseLong(settings.getProperty(SEED)), pause);
      workers.add(new Worker(factory, place, diary, () -> running));
    }
  }

  /**
   * Runs it.
   *
   * @param arguments a file of settings: Hibernate's, Freshet's and the node's own
   */
  public static void main(String[] arguments) throws IOException {
    // logging would get between the answers
    PrintStream answers = System.out;
    System.setOut(System.err);
    Properties settings = new Properties();
    try (var in = Files.newBufferedReader(Path.of(arguments[0]))) {
      settings.load(in);
    }
    Configuration configuration = new Configuration();
    configuration.addProperties(settings);
    LabelledSource source =
        new LabelledSource(settings.getProperty(URL), "torture-node-" + settings.getProperty(NODE));
    configuration.getProperties().put("hibernate.connection.datasource", source);
    Model.ENTITIES.forEach(configuration::addAnnotatedClass);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (SessionFactory factory = configuration.buildSessionFactory();
        Diary diary = new Diary(Path.of(settings.getProperty(FILE)))) {
      NodeMain node = new NodeMain(factory, diary, settings);
      answers.println("ready");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        answers.println(node.obey(line));
      }
      node.running = false;
    }
  }

  private String obey(String command) {
    return switch (command) {
      case "clock" -> String.valueOf(System.nanoTime());
      case "time" -> String.valueOf(System.currentTimeMillis());
      case "open" -> String.valueOf(feed().open());
      case "go" -> {
        workers.forEach(worker -> start(new Thread(worker)));
        start(new Thread(this::watch));
        yield "going";
      }
      case "stop" -> stop();
      case "verify" -> verify();
      default -> "unknown";
    };
  }

  private void start(Thread thread) {
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private FeedStatus feed() {
    return Freshet.of(factory).status().feed().orElseThrow();
  }

  /** How often the gate is found open, and why it is closed. */
  private void watch() {
    while (running) {
      FeedStatus feed = feed();
      diary.count(feed.open() ? "gate open" : "gate closed");
      if (!feed.open()) {
        diary.count("gate closed: " + feed.reason().replaceAll("[0-9]+", "#"));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  private String stop() {
    running = false;
    for (Thread thread : threads) {
      try {
        thread.join(SETTLING.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (thread.isAlive()) {
        StringBuilder stack = new StringBuilder("a thread does not end:");
        for (StackTraceElement frame : thread.getStackTrace()) {
          stack.append(' ').append(frame);
        }
        return stack.toString();
      }
    }
    return "stopped";
  }

  private String verify() {
    long begin = System.nanoTime();
    try {
      Freshet.of(factory).barrier(SETTLING);
    } catch (TimeoutException e) {
      return "no barrier: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
    diary.barrier(begin, System.nanoTime());
    workers.get(0).verify();
    var counts = feed().counts();
    diary.add("resets", counts.resets());
    diary.add("reconnects", counts.reconnects());
    return "verified";
  }
}
