using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Holotree.Running;

namespace Holotree.Tests.Running;

/// <summary>The numbers and the layout that are handed to the system, held against this machine's own C headers.</summary>
[SupportedOSPlatform("linux")]
public sealed class RunningAbiTests
{
    const string Headers = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <linux/sched.h>
        #include <signal.h>
        #include <stddef.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>

        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_constant_and_layout_agrees_with_the_headers_and_a_wrong_one_would_be_noticed(bool wrong)
    {
        if (!Tool.Exists("cc")) Assert.Skip("There is no C compiler (cc).");
        FieldInfo[] constants = [.. typeof(Interop).GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Where(field => field.IsLiteral)];
        Assert.True(constants.Length >= 15, "The constants were not found.");
        IEnumerable<string> lines = constants.Select(constant =>
            Assertion(constant.Name, Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture) + (wrong ? 1 : 0)));

        // These differ by processor.
        FieldInfo[] numbers = [.. typeof(SystemCall).GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Where(field => field.FieldType == typeof(int))];
        Assert.True(numbers.Length >= 15, "The numbers of system calls were not found.");
        lines = lines.Concat(numbers.Select(number => Assertion("SYS_" + number.Name, (int)number.GetValue(null)! + (wrong ? 1 : 0))));
        int size = Unsafe.SizeOf<Interop.Rlimit64>();
        using var folder = new TemporaryFolder();
        string program = folder.Write("abi.c", Headers + string.Join('\n', lines) + $"""

            _Static_assert(sizeof(struct rlimit64) == {size} && offsetof(struct rlimit64, rlim_cur) == 0 && offsetof(struct rlimit64, rlim_max) == 8, "rlimit64");
            _Static_assert(offsetof(struct clone_args, exit_signal) == 32 && offsetof(struct clone_args, tls) + 8 == {Unsafe.SizeOf<Interop.CloneArguments>()}, "clone_args");
            _Static_assert(sizeof(siginfo_t) == 128, "siginfo_t");

            """);

        // SIG_DFL and SIG_IGN are no constants to the compiler, as they are pointers: gcc folds them with a warning only.
        (int code, string messages) = Tool.Try("cc", "-std=gnu11", "-w", "-fsyntax-only", program);

        Assert.True(code == 0 != wrong, messages);
    }

    static string Assertion(string name, long value) => $"_Static_assert((long)({name}) == {value}L, \"{name}\");";
}
