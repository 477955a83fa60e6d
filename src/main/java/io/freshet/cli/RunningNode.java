package io.freshet.cli;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.net.MalformedURLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanException;
import javax.management.MBeanServerConnection;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** An application that runs, by JMX. For one thread. */
final class RunningNode implements AutoCloseable {

  private static final String BEANS = "io.freshet:type=Audit,*";
  private static final String ENV_USER = "FRESHET_JMX_USER";
  private static final String ENV_PASSWORD = "FRESHET_JMX_PASSWORD";

  private final JMXConnector connector;

  private RunningNode(JMXConnector connector) {
    this.connector = connector;
  }

  /** Attaches to a process; its JVM opens a connector for this machine, and keeps it. */
  static RunningNode ofProcess(long pid) throws CliException {
    try {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(pid));
      try {
        return at(machine.startLocalManagementAgent(), Map.of());
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException | IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "process %d cannot be attached to: %s. It must be a JVM (with the module java.management, and without -XX:+DisableAttachMechanism) that the same user runs, on this machine and in this container; else open a JMX connector there and give --jmx"
              .formatted(pid, e),
          e);
    } catch (NoClassDefFoundError e) {
      throw new CliException(
          ExitCode.FAILED,
          "this Java runtime has no module jdk.attach, so that --pid cannot work: run the command with a JDK, or give --jmx",
          e);
    }
  }

  /** Connects to a JMX connector. */
  @SuppressWarnings("BanJNDI") // the address is the operator's own, as with any JMX client
  static RunningNode at(String url, Map<String, String> env) throws CliException {
    Map<String, Object> options = new HashMap<>();
    if (env.containsKey(ENV_USER)) {
      options.put(
          JMXConnector.CREDENTIALS,
          new String[] {env.get(ENV_USER), env.getOrDefault(ENV_PASSWORD, "")});
    }
    try {
      return new RunningNode(JMXConnectorFactory.connect(new JMXServiceURL(url), options));
    } catch (MalformedURLException e) {
      throw new CliException(
          ExitCode.USAGE,
          "--jmx %s is not allowed: give a JMX service URL, such as service:jmx:rmi:///jndi/rmi://app.example.org:9010/jmxrmi"
              .formatted(url),
          e);
    } catch (IOException | SecurityException e) {
      throw new CliException(
          ExitCode.FAILED,
          "%s cannot be reached: %s. User and password come from %s and %s"
              .formatted(url, e, ENV_USER, ENV_PASSWORD),
          e);
    }
  }

  /**
   * Has the one session factory that is meant audit its cache.
   *
   * @return the report as JSON
   */
  String audit(Optional<String> name) throws CliException {
    try {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      ObjectName bean = choose(beans.queryNames(new ObjectName(BEANS), null), name);
      return String.valueOf(beans.invoke(bean, "audit", new Object[0], new String[0]));
    } catch (MBeanException | RuntimeMBeanException e) {
      throw new CliException(
          ExitCode.FAILED, "the application could not audit: " + e.getCause(), e);
    } catch (JMException | IOException e) {
      throw new CliException(ExitCode.FAILED, "the application did not answer: " + e, e);
    }
  }

  private static ObjectName choose(Set<ObjectName> beans, Optional<String> name)
      throws CliException, MalformedObjectNameException {
    List<ObjectName> fitting =
        beans.stream()
            .filter(
                bean ->
                    name.isEmpty()
                        || name.get().equals(part(bean, "name"))
                        || name.get().equals(part(bean, "id")))
            .toList();
    if (fitting.size() == 1) {
      return fitting.get(0);
    }
    String known =
        beans.stream()
            .map(bean -> "%s (%s)".formatted(part(bean, "name"), part(bean, "id")))
            .sorted()
            .collect(Collectors.joining(", "));
    throw CliException.usage(
        beans.isEmpty()
            ? "the application has no session factory with Freshet, or freshet.jmx=false is set there"
            : "which session factory? Give --name with one of " + known);
  }

  private static String part(ObjectName bean, String key) {
    return ObjectName.unquote(bean.getKeyProperty(key));
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // it is gone anyway, and the answer is here
    }
  }
}
