using System.ComponentModel;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Relocation;

namespace Holotree.Tests.Relocation;

/// <summary>What is said of a script's first line is what the kernel does with it.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("scripts that the kernel starts")]
public sealed class InterpreterLinesTests
{
    const string Old = "/opt/env";

    /// <summary>First lines that name the prefix as <c>{0}</c>, with what ends them.</summary>
    public static TheoryData<string> Forms() =>
    [
        "#!{0}/bin/show\n", "#! {0}/bin/show\n", "#!\t {0}/bin/show \t\n", "#!{0}/bin/show", "#!{0}/bin/show \n", "#!{0}/bin/show -x\n",
        "#!{0}/bin/show  -x {0}/y\t \n", "#!{0}/bin/show {0}", "#!{0}/bin/show -x\nrest {0}\n", "#!{0}/bin/show" + new string(' ', 300) + "\n",
        "#!{0}/bin/show a" + new string('\t', 300) + "\n", "#!{0}/bin/show -x\0hidden {0}\n", "#!{0}/bin/show\0hidden {0}\n", "#!{0}/bin/../bin/show {0} {0}\n",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Scripts_are_said_to_break_when_the_kernel_no_longer_starts_them_as_meant(string form)
    {
        using var folder = new TemporaryFolder();
        string old = folder.MakeFolder("old");
        InstallProgram(old);
        string script = form.Replace("{0}", old, StringComparison.Ordinal);
        string meant = Run(folder, script) ?? throw new InvalidOperationException("It does not run as recorded.");

        // Around the limit, and with blanks in the name.
        int overhead = form.Split('\n')[0].TrimEnd(' ', '\t').Length - 3;
        int room = InterpreterLines.LongestBytes - overhead - folder.Path.Length - 1;
        string[] names = [.. Enumerable.Range(-1, 5).SelectMany(more => new[] { room + more, ((room + overhead) / 2) + more - 4, ((room + overhead) / 3) + more })
            .Where(static length => length is > 0 and < 250).Distinct().Select(static length => new string('n', length)), "a b", "a\tb", "ab ", "short", "a\nb"];
        int broken = 0;
        foreach (string name in names)
        {
            string place = folder.MakeFolder(name);
            InstallProgram(place);
            bool runs = Run(folder, script.Replace(old, place, StringComparison.Ordinal)) == meant.Replace(old, place, StringComparison.Ordinal);

            var lines = new InterpreterLines(Bytes(old), Bytes(place));
            bool judged = lines.MayBreak(RelocationKind.Text, 0x1ED, PlacesOf(script, old)) && lines.Breaks(Bytes(script), PlacesOf(script, old));

            Assert.True(runs == !judged, $"{(runs ? "runs" : "does not run")}, but is judged otherwise: {script.Replace(old, place, StringComparison.Ordinal)}");
            if (judged) broken++;
        }
        Assert.InRange(broken, 1, names.Length - 1);
    }

    [Theory]
    [InlineData(127)]       // before Linux 5.1
    [InlineData(255)]
    public void Line_may_be_as_long_as_the_kernels_buffer_less_one(int longest)
    {
        string longestPath = "/" + new string('n', longest - "#!".Length - "/bin/python".Length - 1);
        string script = $"#!{Old}/bin/python\nimport sys\n";

        Assert.False(Breaks(script, longestPath, longest));
        Assert.True(Breaks(script, longestPath + "n", longest));
        Assert.Equal(Environment.OSVersion.Version >= new Version(5, 1) ? 255 : 127, InterpreterLines.LongestBytes);
    }

    [Theory]
    [InlineData("#!/bin/sh\n'''exec' /opt/env/bin/python \"$0\" \"$@\"\n' '''\n")]        // how pip evades the limit
    [InlineData("#!/usr/bin/env python\nX = '/opt/env'\n")]
    [InlineData("echo /opt/env\n")]
    [InlineData(" #!/opt/env/bin/python\n")]
    [InlineData("#!\n/opt/env")]
    [InlineData("#! \t \n/opt/env")]
    public void Lines_that_do_not_lead_into_the_prefix_stay_right(string script) =>
        Assert.False(Breaks(script, "/" + new string('n', 400)));

    [Fact]
    public void Lines_that_were_too_long_as_recorded_are_not_ours()
    {
        string path = "/" + new string('n', 400);

        Assert.False(Breaks($"#!{Old}/bin/{new string('x', 300)}\n", path));
        Assert.False(Breaks($"#!{Old}/bin/sh {new string('x', 300)}\n", path));
        Assert.False(Breaks($"#!{Old}/bin/sh {new string('x', 5000)}\n", path));
        Assert.False(Breaks($"#!{Old}/bin/{new string('x', 300)}\n", "/n"));
    }

    [Theory]
    [InlineData("/opt/my env", "#!/opt/my env/bin/python\n")]
    [InlineData("/opt/my env", "#!/bin/sh /opt/my env\0 /opt/my env \n")]
    [InlineData("/opt/my\nenv", "#!/opt/my\nenv/bin/python")]
    [InlineData("/opt/my\nenv", "#!/bin/sh -x /opt/my\nenv\n")]
    [InlineData("/opt/my env ", "#!/bin/sh /opt/my env \n")]
    public void Lines_that_cut_the_path_as_recorded_are_not_ours(string prefix, string script)
    {
        foreach (string path in new[] { "/a/much/longer/path", "/a b", "/" + new string('n', 400) })
        {
            bool breaks = new InterpreterLines(Bytes(prefix), Bytes(path)).Breaks(Bytes(script), PlacesOf(script, prefix));

            Assert.Equal(script.StartsWith("#!/bin/sh /opt/my env\0", StringComparison.Ordinal) && path.Length > 100, breaks);
        }
    }

    [Fact]
    public void Only_scripts_that_may_be_started_and_get_a_worse_path_are_looked_at()
    {
        var longer = new InterpreterLines(Bytes(Old), Bytes("/a/longer/path"));

        Assert.True(longer.MayBreak(RelocationKind.Text, 0x1ED, [2]));
        Assert.True(longer.MayBreak(RelocationKind.Text, 0x049, [200]));
        Assert.False(longer.MayBreak(RelocationKind.Text, 0x1A4, [2]));         // rw-r--r--
        Assert.False(longer.MayBreak(RelocationKind.Unfit, 0x1ED, [2]));
        Assert.False(longer.MayBreak(RelocationKind.Skipped, 0x1ED, [2]));
        Assert.False(longer.MayBreak(RelocationKind.Text, 0x1ED, []));
        Assert.False(longer.MayBreak(RelocationKind.Text, 0x1ED, [1]));         // nothing stands before "#!"
        Assert.False(longer.MayBreak(RelocationKind.Text, 0x1ED, [InterpreterLines.LongestBytes]));
        Assert.False(new InterpreterLines(Bytes(Old), Bytes("/opt/new")).MayBreak(RelocationKind.InPlace, 0x1ED, [2]));
        Assert.True(new InterpreterLines(Bytes(Old), Bytes("/o t/new")).MayBreak(RelocationKind.InPlace, 0x1ED, [2]));
        Assert.True(new InterpreterLines(Bytes(Old), Bytes("/o t")).MayBreak(RelocationKind.Text, 0x1ED, [2]));
    }

    static bool Breaks(string script, string path, int? longest = null) =>
        new InterpreterLines(Bytes(Old), Bytes(path), longest).Breaks(Bytes(script).AsSpan(0, Math.Min(script.Length, InterpreterLines.HeadBytes)), PlacesOf(script, Old));

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static long[] PlacesOf(string text, string prefix)
    {
        var places = new List<long>();
        for (int at = text.IndexOf(prefix, StringComparison.Ordinal); at >= 0; at = text.IndexOf(prefix, at + 1, StringComparison.Ordinal)) places.Add(at);
        return [.. places];
    }

    /// <summary>echo(1) as an interpreter: it says which argument the kernel gave it.</summary>
    static void InstallProgram(string place)
    {
        Directory.CreateDirectory(Path.Join(place, "bin"));
        File.Copy("/bin/echo", Path.Join(place, "bin/show"));
    }

    /// <summary>What a script says; null where the kernel does not start it.</summary>
    static string? Run(TemporaryFolder folder, string script)
    {
        string path = folder.Write("script", script);
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        try
        {
            return Tool.Try(path).Output;
        }
        catch (Win32Exception)
        {
            return null;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
