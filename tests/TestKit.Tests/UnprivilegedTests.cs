using System.Diagnostics;
using Xunit;
using Xunit.Sdk;

namespace TestKit.Tests;

public sealed class UnprivilegedTests
{
    [Fact]
    public void A_private_file_of_root_cannot_be_read()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        string secret = folder.Write("secret", "text");
        SystemProgram.Run("chmod", "600", secret);

        Unprivileged.Run(() => Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllText(secret)));
        Assert.Equal("text", File.ReadAllText(secret));
    }

    [Fact]
    public void A_folder_of_root_cannot_be_written()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();

        Unprivileged.Run(() => Assert.Throws<UnauthorizedAccessException>(() => File.WriteAllText(folder["file"], "text")));
    }

    [Fact]
    public void A_thread_started_by_the_body_is_unprivileged_too()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        folder.GiveToUnprivileged();

        Unprivileged.Run(() =>
        {
            var thread = new Thread(() => File.WriteAllText(folder["file"], "text"));
            thread.Start();
            thread.Join();
        });

        Assert.Equal($"{Unprivileged.UserId}:{Unprivileged.UserId}\n", SystemProgram.Run("stat", "-c", "%u:%g", folder["file"]));
    }

    [Fact]
    public void The_rest_of_the_process_stays_root()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();

        Unprivileged.Run(() => { });
        File.WriteAllText(folder["file"], "text");

        Assert.Equal("0:0\n", SystemProgram.Run("stat", "-c", "%u:%g", folder["file"]));
    }

    [Fact]
    public void What_the_body_throws_arrives()
    {
        InvalidDataException failure = Assert.Throws<InvalidDataException>(() => Unprivileged.Run(() => throw new InvalidDataException("from inside")));

        Assert.Equal("from inside", failure.Message);
    }

    [Fact]
    public void A_program_runs_as_the_ordinary_user()
    {
        ProcessStartInfo start = Unprivileged.StartInfo("sh", "-c", "id -u; id -g; id -G");
        start.RedirectStandardOutput = true;

        using Process process = Process.Start(start)!;

        Assert.Equal("65534\n65534\n65534\n", process.StandardOutput.ReadToEnd());
    }
}
