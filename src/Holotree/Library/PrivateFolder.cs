using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Holotree.Library;

/// <summary>A folder on Windows that this user has to himself, but for the system and its administrators, whom nothing there can be kept from.</summary>
[SupportedOSPlatform("windows")]
internal static class PrivateFolder
{
    /// <summary>Whatever changes a folder, what is in it, or who may do that. The last two are GENERIC_ALL and GENERIC_WRITE (winnt.h), as rules that are only inherited may have them.</summary>
    const int Changes = (int)(FileSystemRights.WriteData | FileSystemRights.AppendData | FileSystemRights.WriteExtendedAttributes | FileSystemRights.WriteAttributes
        | FileSystemRights.DeleteSubdirectoriesAndFiles | FileSystemRights.Delete | FileSystemRights.ChangePermissions | FileSystemRights.TakeOwnership)
        | 0x1000_0000 | 0x4000_0000;

    /// <summary>Makes a folder that others can neither enter nor list, with all that will be in it. One that is there stays as it is.</summary>
    internal static void Create(string path)
    {
        if (Directory.Exists(path)) return;
        var access = new DirectorySecurity();
        access.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        foreach (SecurityIdentifier owner in Trusted())
        {
            access.AddAccessRule(new FileSystemAccessRule(
                owner, FileSystemRights.FullControl, InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit, PropagationFlags.None, AccessControlType.Allow));
        }
        new DirectoryInfo(path).Create(access);
    }

    /// <summary>Whether nobody else can have put anything into a folder. A list that cannot be read is no such one.</summary>
    internal static bool Is(string path)
    {
        try
        {
            DirectorySecurity access = new DirectoryInfo(path).GetAccessControl(AccessControlSections.Owner | AccessControlSections.Access);
            SecurityIdentifier[] trusted = [.. Trusted(), new SecurityIdentifier(WellKnownSidType.CreatorOwnerSid, null)];
            if (access.GetOwner(typeof(SecurityIdentifier)) is not SecurityIdentifier owner || !trusted.Contains(owner)) return false;
            foreach (FileSystemAccessRule rule in access.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier)))
            {
                if (rule.AccessControlType == AccessControlType.Allow && ((int)rule.FileSystemRights & Changes) != 0
                    && !trusted.Contains(rule.IdentityReference as SecurityIdentifier)) return false;
            }
            return true;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException or InvalidOperationException or NotSupportedException)
        {
            return false;
        }
    }

    static SecurityIdentifier[] Trusted()
    {
        using WindowsIdentity self = WindowsIdentity.GetCurrent();
        return
        [
            self.User!,
            new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
            new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null),
        ];
    }
}
