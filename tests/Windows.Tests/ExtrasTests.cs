using System.Text;
using Reflinks.Platform;
using Reflinks.Platform.Windows;
using Windows.Tests.Simulation;

namespace Windows.Tests;

/// <summary>What files have besides, as attributes. Streams are those of the simulation: Wine has none.</summary>
public sealed unsafe class ExtrasTests : IDisposable
{
    const string Mark = "windows.stream.Zone.Identifier";

    readonly Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_file_that_nobody_did_anything_to_has_no_attributes()
    {
        int file = place.Create("file");
        Assert.Empty(List(file));
        Assert.Equal((Errno.ENODATA, ""), Get(file, "windows.attributes"));
        Assert.Equal((Errno.EOPNOTSUPP, ""), Get(file, "user.anything"));
        Assert.Equal(Errno.EOPNOTSUPP, Set(file, "user.anything", "x"));
        Place.Close(file);
    }

    [Fact]
    public void Chosen_attributes_are_words_that_make_them_again_and_go_with_their_name()
    {
        int file = place.Create("file");
        Assert.Equal(Errno.None, Set(file, "windows.attributes", "hidden system"));
        if (List(file).Length == 0)
        {
            Place.Close(file);
            Assert.Skip("Wine does not keep the attributes hidden and system here.");
        }
        Assert.Equal(["windows.attributes"], List(file));
        Assert.Equal((Errno.None, "hidden system"), Get(file, "windows.attributes"));
        Assert.Equal(0, WindowsKernel.fchmod(file, 0x124));
        Assert.Equal((Errno.None, "hidden system"), Get(file, "windows.attributes"));
        Assert.Equal(0, WindowsKernel.fchmod(file, 0x1A4));
        Assert.Equal(Errno.None, Remove(file, "windows.attributes"));
        Assert.Empty(List(file));
        Place.Close(file);
    }

    [Fact]
    public void Attributes_that_are_no_words_of_these_are_refused()
    {
        int file = place.Create("file");
        foreach (string value in (string[])["", "archive", "hidden,system", "Hidden", " hidden"]) Assert.Equal(Errno.EINVAL, Set(file, "windows.attributes", value));
        Place.Close(file);
    }

    [Fact]
    public void A_stream_of_the_simulation_is_an_attribute_with_its_name()
    {
        using Place volume = Simulated.Volume();
        int file = volume.Create("file");
        Assert.Equal(Errno.None, Set(file, Mark, "[ZoneTransfer]\r\nZoneId=3"));
        Assert.Equal(Errno.None, Set(file, "windows.stream.empty", ""));
        Assert.Equal([Mark, "windows.stream.empty"], List(file).Order(StringComparer.Ordinal));
        Assert.Equal((Errno.None, "[ZoneTransfer]\r\nZoneId=3"), Get(file, Mark));
        Assert.Equal((Errno.None, ""), Get(file, "windows.stream.empty"));
        Assert.Equal(0ul, Place.Stat(file).stx_size);

        Assert.Equal(Errno.None, Set(file, Mark, "short"));
        Assert.Equal((Errno.None, "short"), Get(file, Mark));
        Assert.Equal(Errno.None, Remove(file, Mark));
        Assert.Equal((Errno.ENODATA, ""), Get(file, Mark));
        Assert.Equal(Errno.ENODATA, Remove(file, Mark));
        Assert.Equal(["windows.stream.empty"], List(file));
        Place.Close(file);
    }

    [Fact]
    public void A_stream_of_the_simulation_that_is_too_long_is_listed_and_told_when_it_is_read()
    {
        using Place volume = Simulated.Volume();
        int source = volume.Create("source"), target = volume.Create("target");
        Assert.Equal(Errno.None, Set(source, "windows.stream.small", new string('s', 65_536)));
        Assert.Equal(Errno.None, Set(source, "windows.stream.large", "s"));
        File.AppendAllText(Path.Combine(volume.Path, "source:large"), new string('l', 65_536));

        var lost = new List<(string Name, Errno Error)>();
        Assert.True(NativeMetadata.CopyAttributes(source, target, Reflinks.Files.Preserve.All, (name, error) => lost.Add((name, error))));
        Assert.Equal([("windows.stream.large", Errno.E2BIG)], lost);
        Assert.Equal(["windows.stream.small"], List(target));
        Assert.Equal(65_536, Get(target, "windows.stream.small").Value.Length);
        Place.Close(source);
        Place.Close(target);
    }

    [Theory]
    [InlineData("windows.stream.")]
    [InlineData("windows.stream.a:b")]
    [InlineData(@"windows.stream.a\b")]
    [InlineData("windows.stream.a/b")]
    [InlineData("windows.stream.:$DATA")]
    public void A_name_that_would_be_another_stream_or_file_is_none(string name)
    {
        using Place volume = Simulated.Volume();
        int file = volume.Create("file");
        Assert.Equal(Errno.EOPNOTSUPP, Set(file, name, "x"));
        Assert.Equal((Errno.EOPNOTSUPP, ""), Get(file, name));
        Assert.Equal(["file"], Directory.EnumerateFiles(volume.Path).Select(Path.GetFileName));
        Place.Close(file);
    }

    [Fact]
    public void Where_there_are_no_streams_none_is_made()
    {
        if (!Place.IsWine) Assert.Skip("The filesystem of the temporary folder has streams.");
        int file = place.Create("file");
        Assert.Equal(Errno.EOPNOTSUPP, Set(file, Mark, "x"));
        Assert.Equal(["file"], Directory.EnumerateFiles(place.Path).Select(Path.GetFileName));
        Place.Close(file);
    }

    [Fact]
    public void What_is_no_access_control_list_is_refused()
    {
        int file = place.Create("file");
        foreach (string value in (string[])["", "short", new string('x', 100)]) Assert.Equal(Errno.EINVAL, Set(file, "windows.security", value));
        Place.Close(file);
    }

    [Fact]
    public void An_access_control_list_that_somebody_made_is_kept()
    {
        // Everyone may read (S-1-1-0), and nothing is inherited.
        byte[] list =
        [
            1, 0, 0x04, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0,
            2, 0, 28, 0, 1, 0, 0, 0,
            0, 0, 20, 0, 0x89, 0x00, 0x12, 0x00, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
        ];
        int file = place.Create("file");
        Errno set;
        fixed (byte* name = Place.Bytes("windows.security"), start = list)
            set = WindowsKernel.fsetxattr(file, name, start, (nuint)list.Length, 0) == 0 ? Errno.None : Place.Last;
        string[] found = List(file);
        Place.Close(file);
        if (Place.IsWine && !found.Contains("windows.security")) Assert.Skip($"Wine makes access control lists of modes and keeps no other ({set}).");
        Assert.Equal(Errno.None, set);
        Assert.Equal(["windows.security"], found);
    }

    static string[] List(int file)
    {
        byte[] room = new byte[65_536];
        fixed (byte* start = room)
        {
            int length = (int)Place.Must(WindowsKernel.flistxattr(file, start, (nuint)room.Length), "list attributes");
            Assert.Equal(length, WindowsKernel.flistxattr(file, start, 0));
            return Encoding.UTF8.GetString(room, 0, length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    static (Errno Error, string Value) Get(int file, string name)
    {
        byte[] room = new byte[65_536];
        fixed (byte* key = Place.Bytes(name), start = room)
        {
            nint length = WindowsKernel.fgetxattr(file, key, start, (nuint)room.Length);
            return length < 0 ? (Place.Last, "") : (Errno.None, Encoding.UTF8.GetString(room, 0, (int)length));
        }
    }

    static Errno Set(int file, string name, string value)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(value), 0];
        fixed (byte* key = Place.Bytes(name), start = bytes)
            return WindowsKernel.fsetxattr(file, key, start, (nuint)bytes.Length - 1, 0) == 0 ? Errno.None : Place.Last;
    }

    static Errno Remove(int file, string name)
    {
        fixed (byte* key = Place.Bytes(name)) return WindowsKernel.fremovexattr(file, key) == 0 ? Errno.None : Place.Last;
    }
}
