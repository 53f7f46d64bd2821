using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>Attributes, access control lists, flags and marks, made through the simulation (<see cref="Simulation"/>).</summary>
[SupportedOSPlatform("macos")]
[Collection(nameof(Simulation))]
public sealed unsafe class MacAttributesTests
{
    public MacAttributesTests() => Simulation.Need();

    [Fact]
    public void Attributes_are_set_listed_read_and_removed()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");

        Assert.Equal(0, Set(path, "com.example.note", "value"u8));
        Assert.Equal(0, Set(path, "empty", []));
        Assert.Equal(["com.example.note", "empty"], Names(path).Order());
        Assert.Equal("value"u8.ToArray(), Get(path, "com.example.note"));
        Assert.Empty(Get(path, "empty")!);
        Assert.Equal(Errno.None, Remove(path, "empty"));
        Assert.Equal(Errno.ENODATA, Remove(path, "empty"));
        Assert.Equal(["com.example.note"], Names(path));
    }

    [Fact]
    public void Attribute_that_only_the_system_sets_is_refused_and_told()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();

        Assert.Equal((-1, Errno.EPERM), (Set(place.Write("file", "x"), "com.apple.provenance", "x"u8), NativeErrors.Last));
    }

    [Fact]
    public void Attribute_that_only_the_system_sets_is_kept_where_a_clone_brought_it()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", 100_000);
        Tool.Run("setfattr", "-n", "user.com.apple.provenance", "-v", "mark", source);
        Assert.Equal(Errno.None, MacCloneTests.Clone(source, place.Path, "made"));

        Assert.Equal(0, Set(place["made"], "com.apple.provenance", "mark"u8));
        Assert.Equal((-1, Errno.EPERM), (Set(place["made"], "com.apple.provenance", "another"u8), NativeErrors.Last));
        Assert.Equal((-1, Errno.EPERM), (Set(place["made"], "com.apple.provenance", "mar"u8), NativeErrors.Last));
    }

    [Fact]
    public void Access_control_list_is_an_attribute_among_the_others()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        byte[] list = MacFormsTests.List(2, 2);
        Assert.Null(Get(path, "macos.acl"));

        Assert.Equal(0, Set(path, "macos.acl", list));
        Assert.Equal(["macos.acl"], Names(path));
        Assert.Equal(list, Get(path, "macos.acl"));
        Assert.Equal((-1, Errno.EINVAL), (Set(path, "macos.acl", list.AsSpan(0, 60)), NativeErrors.Last));
        Assert.Equal(Errno.None, Remove(path, "system.posix_acl_access"));
        Assert.Equal((Errno.ENODATA, Errno.ENODATA), (Remove(path, "macos.acl"), Remove(path, "system.posix_acl_default")));
        Assert.Empty(Names(path));
    }

    [Fact]
    public void Flags_are_an_attribute_and_those_that_freeze_a_file_are_left_out_and_told()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        Assert.Null(Get(path, "macos.flags"));

        Assert.Equal(0, Set(path, "macos.flags", BitConverter.GetBytes(MacInterop.UF_HIDDEN)));
        Assert.Equal(["macos.flags"], Names(path));
        Assert.Equal((-1, Errno.EPERM), (Set(path, "macos.flags", BitConverter.GetBytes(MacInterop.UF_NODUMP | MacInterop.UF_IMMUTABLE)), NativeErrors.Last));
        Assert.Equal(BitConverter.GetBytes(MacInterop.UF_NODUMP), Get(path, "macos.flags"));
        Assert.Equal((-1, Errno.EINVAL), (Set(path, "macos.flags", BitConverter.GetBytes(MacInterop.SF_IMMUTABLE)), NativeErrors.Last));
        Assert.Equal((-1, Errno.EINVAL), (Set(path, "macos.flags", "12"u8), NativeErrors.Last));
        Assert.Equal(Errno.None, Remove(path, "macos.flags"));
        Assert.Null(Get(path, "macos.flags"));
    }

    [Fact]
    public void Flags_that_are_not_the_owner_s_stay_as_they_are()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        Assert.Equal(0, MacInterop.fchflags(file, MacInterop.UF_COMPRESSED));
        Assert.Null(Get(path, "macos.flags"));

        Assert.Equal(0, Set(path, "macos.flags", BitConverter.GetBytes(MacInterop.UF_HIDDEN)));
        Assert.Equal(MacInterop.UF_COMPRESSED | MacInterop.UF_HIDDEN, FlagsOf(file));
        Assert.Equal(Errno.None, Remove(path, "macos.flags"));
        Assert.Equal(MacInterop.UF_COMPRESSED, FlagsOf(file));
        _ = MacKernel.close(file);

        static uint FlagsOf(int file)
        {
            MacInterop.Stat stat;
            Assert.Equal(0, MacInterop.fstat_x64(file, &stat));
            return stat.st_flags;
        }
    }

    [Fact]
    public void List_says_how_long_it_is_and_when_there_is_no_room()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        Set(path, "one", "1"u8);
        Set(path, "macos.acl", MacFormsTests.List(0, 0));
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        byte* list = stackalloc byte[64];

        nint needed = MacKernel.flistxattr(file, null, 0);
        Assert.Equal("one\0macos.acl\0".Length, needed);
        Assert.Equal((-1, Errno.ERANGE), (MacKernel.flistxattr(file, list, (nuint)needed - 1), NativeErrors.Last));
        Assert.Equal(needed, MacKernel.flistxattr(file, list, (nuint)needed));
        fixed (byte* name = "macos.acl\0"u8)
        {
            Assert.Equal(44, MacKernel.fgetxattr(file, name, null, 0));
            Assert.Equal((-1, Errno.ERANGE), (MacKernel.fgetxattr(file, name, list, 43), NativeErrors.Last));
        }
        _ = MacKernel.close(file);
    }

    [Fact]
    public void Mark_of_a_process_is_found_and_taken_off_and_that_of_a_file_is_kept()
    {
        ref int quarantining = ref Simulation.Counter("quarantining");
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string marked = place.WriteRandom("marked", 100_000), plain = place.WriteRandom("plain", 100_000);
        Set(marked, "com.apple.quarantine", "0083;download"u8);
        Assert.False(Quarantine.FindOut());

        // A clone carries the mark of its source, and one of this process besides.
        Assert.Equal(Errno.None, MacCloneTests.Clone(marked, place.Path, "of-marked"));
        Assert.Equal("0083;download"u8.ToArray(), Get(place["of-marked"], "com.apple.quarantine"));
        quarantining = 1;
        try
        {
            Assert.True(Quarantine.FindOut());
            Assert.Equal(Errno.None, MacCloneTests.Clone(plain, place.Path, "of-plain"));
        }
        finally
        {
            quarantining = 0;
        }
        int made = MacKernelTests.Open(place["of-plain"], Kernel.O_RDONLY, 0);
        Assert.True(Quarantine.Has(made));
        Quarantine.Remove(made);
        Assert.False(Quarantine.Has(made));
        _ = MacKernel.close(made);
    }

    internal static int Set(string path, string name, ReadOnlySpan<byte> value)
    {
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        int result;
        Errno error;
        fixed (byte* key = Encoding.UTF8.GetBytes(name + "\0"), start = value)
        {
            result = MacKernel.fsetxattr(file, key, start, (nuint)value.Length, 0);
            error = NativeErrors.Last;
        }
        _ = MacKernel.close(file);
        System.Runtime.InteropServices.Marshal.SetLastPInvokeError((int)error);
        return result;
    }

    internal static byte[]? Get(string path, string name)
    {
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        byte[] room = new byte[4096];
        nint length;
        fixed (byte* key = Encoding.UTF8.GetBytes(name + "\0"), start = room) length = MacKernel.fgetxattr(file, key, start, (nuint)room.Length);
        if (length < 0) Assert.Equal(Errno.ENODATA, NativeErrors.Last);
        _ = MacKernel.close(file);
        return length < 0 ? null : room[..(int)length];
    }

    static Errno Remove(string path, string name)
    {
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        Errno error;
        fixed (byte* key = Encoding.UTF8.GetBytes(name + "\0")) error = MacKernel.fremovexattr(file, key) == 0 ? Errno.None : NativeErrors.Last;
        _ = MacKernel.close(file);
        return error;
    }

    static string[] Names(string path)
    {
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        byte[] room = new byte[4096];
        nint length;
        fixed (byte* start = room) length = MacKernel.flistxattr(file, start, (nuint)room.Length);
        _ = MacKernel.close(file);
        return Encoding.UTF8.GetString(room, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
