namespace Windows.Tests;

/// <summary>The key comes from a console, which is another's to press: alone, as a console is a matter of all processes in it.</summary>
[Collection(Alone.Name)]
public sealed class InterruptionTests : IDisposable
{
    readonly Workplace work = new();

    public void Dispose() => work.Dispose();

    [Theory]
    [InlineData("clone")]
    [InlineData("init")]
    public void Ctrl_C_ends_what_works_with_130_and_nothing_is_left(string command)
    {
        string key = Path.Combine(AppContext.BaseDirectory, "interrupt.exe");
        if (!File.Exists(key)) Assert.Skip("The program that presses the key is made by gcc-mingw-w64-x86-64, which was missing.");
        string tree = work["tree"];
        for (int i = 0; i < 6; i++)
        {
            string folder = Directory.CreateDirectory(Path.Combine(tree, $"folder {i}")).FullName;
            for (int file = 0; file < 100; file++) File.WriteAllText(Path.Combine(folder, $"file {file}"), $"{i} {file}");
        }
        if (command == "init") work.Run("record", tree, "--name", "tools").Expect(0);

        // On a machine that does other things the key can come too late.
        for (int tries = 1; ; tries++)
        {
            string place = Directory.CreateDirectory(work[$"place {tries}"]).FullName, made = Path.Combine(place, "made");
            string words = command == "clone" ? $"clone \"{tree}\" \"{made}\"" : $"init --catalog tools --space dev --to \"{made}\" --strategy copy";
            Workplace.Result result = work.RunOther(key, place, $"\"{Workplace.Program}\" {words} --no-progress");
            if (result.Code == 0 && tries < 10)
            {
                if (command == "init") work.Run("delete", "dev").Expect(0);
                continue;
            }
            result.Expect(130);
            Assert.Empty(Directory.EnumerateFileSystemEntries(place));
            Assert.Equal(0, work.Run("list", "--json").Expect(0).Json.GetProperty("spaces").GetArrayLength());
            return;
        }
    }
}
