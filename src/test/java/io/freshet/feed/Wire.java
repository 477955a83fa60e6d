package io.freshet.feed;

import io.freshet.testing.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A network between a feed and its server that can fail. Thread-safe. */
final class Wire implements AutoCloseable {

  private static final int BUFFER = 8192;

  private final int target;
  private final int port;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();
  private boolean frozen;
  private boolean closed;
  private ServerSocket server;
  private final AtomicInteger admitted = new AtomicInteger(Integer.MAX_VALUE);

  private Wire(int target, ServerSocket server) {
    this.target = target;
    this.server = server;
    this.port = server.getLocalPort();
  }

  /** A network to a port of this machine that works. */
  static Wire to(int target) {
    Wire wire = new Wire(target, listen(FreePort.next()));
    wire.acceptOn(wire.server);
    return wire;
  }

  private static ServerSocket listen(int port) {
    try {
      ServerSocket server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A network to the server of an address that ends with its port. */
  static Wire toServerOf(String address) {
    return to(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
  }

  /** An address that ends with a port, led through here. */
  String instead(String address) {
    return address.substring(0, address.lastIndexOf(':') + 1) + port;
  }

  /** The JDBC URL, led through here. */
  String through(String url) {
    return url.replaceFirst("//[^/]+/", "//127.0.0.1:" + port + "/");
  }

  /** From now on nothing arrives any more; connections stay open, and new ones are accepted. */
  void freeze() {
    synchronized (lock) {
      frozen = true;
    }
  }

  /** What was held up arrives now. */
  void thaw() {
    synchronized (lock) {
      frozen = false;
      lock.notifyAll();
    }
  }

  /** Ends every connection; new ones are accepted. */
  void cut() {
    sockets.forEach(Wire::closeQuietly);
    sockets.clear();
  }

  /** Ends every connection and accepts no new one. */
  void refuse() {
    closeQuietly(server);
    cut();
  }

  /** Accepts so many more connections, which stay open, and then no other. */
  void admit(int connections) {
    admitted.set(connections);
  }

  /** Accepts connections again. */
  void accept() {
    admitted.set(Integer.MAX_VALUE);
    server = listen(port);
    acceptOn(server);
  }

  /** How many connections are open, on both sides of this together. */
  int connections() {
    sockets.removeIf(Socket::isClosed);
    return sockets.size();
  }

  private void acceptOn(ServerSocket accepting) {
    start(
        () -> {
          while (true) {
            Socket client = accepting.accept();
            if (admitted.decrementAndGet() == 0) {
              closeQuietly(accepting);
            }
            Socket behind;
            try {
              behind = new Socket(InetAddress.getLoopbackAddress(), target);
            } catch (IOException e) {
              closeQuietly(client); // the server is down
              continue;
            }
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            sockets.add(client);
            sockets.add(behind);
            start(() -> pump(client, behind));
            start(() -> pump(behind, client));
          }
        });
  }

  private void pump(Socket from, Socket to) throws IOException {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitThaw();
        out.write(buffer, 0, read);
      }
    } finally {
      awaitThaw();
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private void awaitThaw() throws IOException {
    synchronized (lock) {
      try {
        while (frozen && !closed) {
          lock.wait();
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  /** What fails when a connection ends. */
  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // a connection has ended, as it is meant to
              }
            },
            "test-wire");
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(AutoCloseable closed) {
    try {
      closed.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    refuse();
  }
}
