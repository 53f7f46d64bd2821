using System.Text;
using Holotree.Activation;
using Holotree.Library;
using Holotree.Running;
using Holotree.Spaces;

// Runs commands with a tree mounted for them alone, in a process of its own that can be killed.
//   RunHost HOME LOWER MOUNT TIMES COMMAND…   runs COMMAND that often and ends as its last run did; 125 and a line on stderr: it was refused
//   RunHost HOME                              sweeps, as the program does after a death
// While it runs a command more than once, another thread collects garbage all the time.
if (!OperatingSystem.IsLinux()) return 2;
var home = new Home(args[0]);
if (args.Length == 1)
{
    new SpaceStore(home).Sweep(Timeout.InfiniteTimeSpan);
    return 0;
}
var environment = EnvironmentBlock.Parse(File.ReadAllBytes("/proc/self/environ"));
var mount = new PrivateMount(args[1], args[2]);
int times = int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture);
var command = new SpaceCommand([.. args[4..].Select(Encoding.UTF8.GetBytes)], environment);
var sweep = new SpaceCommand([Encoding.UTF8.GetBytes(Environment.ProcessPath!), Encoding.UTF8.GetBytes(home.Path)], environment);
if (times > 1)
{
    new Thread(static () =>
    {
        while (true)
        {
            GC.KeepAlive(new byte[100]);
            GC.Collect(0);
            Thread.Sleep(1);
        }
    })
    { IsBackground = true }.Start();
}

CommandEnd end = default;
try
{
    using var supervision = new Supervision();
    for (int time = 0; time < times; time++)
    {
        using var run = PrivateRun.Begin(home, mount, sweep);
        if (supervision.TryRun(command, run, out end) is { } refusal)
        {
            Console.Error.WriteLine(refusal);
            return 125;
        }
        if (end.ExitCode != 0) break;
    }
}
catch (HolotreeException failure)
{
    Console.Error.WriteLine($"{failure.Code}: {failure.Message}");
    return failure.Failure == HolotreeFailure.ProgramMissing ? 127 : 126;
}
if (end.Signal != 0) CommandRunner.DieOf(end.Signal);
return end.ExitCode;
